from django.urls import path

from clients_app.permissions import for_members
from tasks_app.pages import account_settings, account_tasks, bulk, editing, exports, imports, inbox, review, runs

urlpatterns = for_members(
    [
        path("tasks", account_tasks.listed, name="account-tasks"),
        path("tasks/new", editing.new, name="account-task-new"),
        path("tasks/export.csv", exports.exported, name="account-tasks-export"),
        path("tasks/import", imports.imported, name="account-tasks-import"),
        path("tasks/import/template.csv", exports.template, name="account-tasks-template"),
        path("tasks/bulk", bulk.listed, name="account-tasks-bulk"),
        path("tasks/bulk/new", bulk.new, name="account-tasks-bulk-new"),
        path("tasks/bulk/<uuid:id>", bulk.reviewed, name="account-tasks-bulk-change"),
        path("tasks/bulk/<uuid:id>/stop", bulk.stop, name="account-tasks-bulk-stop"),
        path("tasks/bulk/<uuid:id>/undo", bulk.undo, name="account-tasks-bulk-undo"),
        path("tasks/<uuid:id>", review.reviewed, name="account-task"),
        path("tasks/<uuid:id>/edit", editing.edit, name="account-task-edit"),
        path("tasks/<uuid:id>/duplicate", editing.duplicate, name="account-task-duplicate"),
        path("tasks/<uuid:id>/run", review.run, name="account-task-run"),
        path("tasks/<uuid:id>/pause", review.pause, name="account-task-pause"),
        path("tasks/<uuid:id>/resume", review.resume, name="account-task-resume"),
        path("tasks/<uuid:id>/delete", review.delete, name="account-task-delete"),
        path("tasks/<uuid:id>/deleted", review.deleted, name="account-task-deleted"),
        path("tasks/<uuid:id>/restore", review.restore, name="account-task-restore"),
        path("runs/<uuid:id>", runs.reviewed, name="run"),
        path("runs/<uuid:id>/cancel", runs.cancel, name="run-cancel"),
        path("runs/<uuid:id>/again", runs.again, name="run-again"),
        path("inbox", inbox.listed, name="inbox"),
        path("inbox/read", inbox.mark_all_read, name="inbox-read"),
        path("inbox/unread", inbox.mark_unread, name="inbox-unread"),
        path("inbox/<uuid:id>", inbox.opened, name="inbox-notification"),
        path("settings", account_settings.shown, name="settings"),
        path("settings/preview", account_settings.previewed, name="settings-preview"),
        path("settings/signing-secret/rotate", account_settings.rotate, name="settings-signing-rotate"),
        path("settings/signing-secret/retire", account_settings.retire, name="settings-signing-retire"),
    ]
)
