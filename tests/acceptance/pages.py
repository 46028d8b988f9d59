"""Every page that a person can open, by the name of its address; words in braces are IDs that `seed` has made."""

OF_ANYBODY = {
    "sign-in": "/sign-in",
    "password-reset": "/password/reset",
    "help": "/help",
    "help-errors": "/help/errors",
    "help-changes": "/help/changes",
    "help-token": "/help/token",
    "help-type": "/help/types/Frequency",
    "help-endpoint": "/help/post-api-v2-admin-tasks-account",
}
OF_MEMBERS = {
    "home": "/",
    "password": "/password",
    "profile": "/profile",
    "sessions": "/sessions",
    "second-factor": "/second-factor",
    "account-tasks": "/tasks",
    "account-task-new": "/tasks/new?task={task}",
    "account-task": "/tasks/{account_task}",
    "account-task-edit": "/tasks/{account_task}/edit",
    "account-task-duplicate": "/tasks/{account_task}/duplicate",
    "account-tasks-import": "/tasks/import",
    "account-tasks-bulk": "/tasks/bulk",
    "account-tasks-bulk-new": "/tasks/bulk/new?verb=PAUSE&id={account_task}&id={failing}",
    "account-tasks-bulk-change": "/tasks/bulk/{bulk_change}",
    "run": "/runs/{run}",
    "clients": "/clients",
    "client-new": "/clients/new",
    "client": "/clients/{client}",
    "client-rotate": "/clients/{client}/rotate",
    "client-revoke": "/clients/{client}/revoke",
    "inbox": "/inbox",
    "inbox-notification": "/inbox/{notification}",
    "settings": "/settings",
    "settings-signing-rotate": "/settings/signing-secret/rotate",
    "settings-signing-retire": "/settings/signing-secret/retire",
    "users": "/settings/users",
    "user-invite": "/settings/users/invite",
    "user": "/settings/users/{user}",
}
MORE = {
    "account-task-new, its choice": "/tasks/new",
    "account-task-edit, as JSON": "/tasks/{failing}/edit",
    "account-task, failing": "/tasks/{failing}",
    "account-tasks, none": "/tasks?search=nothing-is-like-that",
    "clients, revoked": "/clients?revoked",
}

# What is only posted to, needs a link of a mail, answers a file, or has a test of its own (Swagger UI).
NOT_OPENED = {
    "sign-out", "leave", "password-reset-link", "invitation", "account-tasks-export", "account-tasks-template",
    "account-tasks-bulk-stop", "account-tasks-bulk-undo", "account-task-run", "account-task-pause",
    "account-task-resume", "account-task-delete", "account-task-deleted", "account-task-restore", "run-cancel",
    "run-again", "inbox-read", "inbox-unread", "settings-preview", "user-invite-again", "user-role", "user-switch-on",
    "user-switch-off", "user-sign-out", "help-swagger", "sign-in-code", "second-factor-begin", "second-factor-confirm",
    "second-factor-remove",
}  # fmt: skip
