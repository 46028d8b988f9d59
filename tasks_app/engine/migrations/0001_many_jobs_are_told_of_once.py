"""
Two thirds of what the database does for a delivery were triggers of procrastinate: for each job two notifications, of
which workers need one for all that are inserted together, since whoever hears it looks for jobs until there are none;
and an event that it was deferred, which nobody reads. The triggers stay as they are named, so that procrastinate's own
migrations find them, and are off.
"""

from django.db import migrations

ON = """
    CREATE FUNCTION deliveries_are_told_of() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_notify(channel, told) FROM (
            SELECT queue_name, json_build_object('type', 'job_inserted', 'job_id', min(id))::text AS told
            FROM inserted WHERE status = 'todo' GROUP BY queue_name
        ) AS queue, unnest(ARRAY['procrastinate_queue_v1#' || queue_name, 'procrastinate_any_queue_v1']) AS channel;
        RETURN NULL;
    END $$;
    CREATE TRIGGER deliveries_are_told_of AFTER INSERT ON procrastinate_jobs REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION deliveries_are_told_of();
    ALTER TABLE procrastinate_jobs
        DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1,
        DISABLE TRIGGER procrastinate_trigger_status_events_insert_v1;
"""
OFF = """
    ALTER TABLE procrastinate_jobs
        ENABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1,
        ENABLE TRIGGER procrastinate_trigger_status_events_insert_v1;
    DROP TRIGGER deliveries_are_told_of ON procrastinate_jobs;
    DROP FUNCTION deliveries_are_told_of();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(ON, OFF)]
