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
    "second-factor": "/second-factor",
    "account-tasks": "/tasks",
    "account-task-new": "/tasks/new?task={task}",
    "account-task": "/tasks/{account_task}",
    "account-task-edit": "/tasks/{account_task}/edit",
    "account-task-duplicate": "/tasks/{account_task}/duplicate",
    "account-tasks-import": "/tasks/import",
    "bulk-changes": "/tasks/bulk",
    "run": "/runs/{run}",
    "clients": "/clients",
    "client-new": "/clients/new",
    "client": "/clients/{client}",
    "client-rotate": "/clients/{client}/rotate",
    "client-revoke": "/clients/{client}/revoke",
    "inbox": "/inbox",
    "notification": "/inbox/{notification}",
    "account-settings": "/settings",
    "users": "/settings/users",
}
MORE = {
    "account-task-new, its choice": "/tasks/new",
    "account-task, failing": "/tasks/{failing}",
    "account-tasks, none": "/tasks?search=nothing-is-like-that",
}

# What is only posted to, or needs more than an address.
NOT_OPENED = {"sign-out", "leave"}
