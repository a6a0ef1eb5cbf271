"""SQL of the event log: append-only by triggers, sealed in one function under one lock."""

APPEND_ONLY = """
CREATE FUNCTION exportctl_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER exportctl_event_no_change BEFORE UPDATE OR DELETE ON exportctl_event
  FOR EACH ROW EXECUTE FUNCTION exportctl_refuse_change();
CREATE TRIGGER exportctl_event_no_truncate BEFORE TRUNCATE ON exportctl_event
  FOR EACH STATEMENT EXECUTE FUNCTION exportctl_refuse_change();
"""

# The lock is a statement of its own: READ COMMITTED gives the next one a fresh snapshot of the head.
APPEND = """
CREATE FUNCTION exportctl_append(bodies text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  head_seq bigint := 0;
  head_hash bytea := ''::bytea;
  body text;
  fields jsonb;
  moment timestamptz;
  digest bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(7306231019);
  SELECT seq, hash INTO head_seq, head_hash FROM exportctl_event ORDER BY seq DESC LIMIT 1;
  IF NOT FOUND THEN
    head_seq := 0;
    head_hash := ''::bytea;
  END IF;
  FOREACH body IN ARRAY bodies LOOP
    head_seq := head_seq + 1;
    moment := clock_timestamp();
    fields := body::jsonb;
    digest := sha256(head_hash || convert_to(
      head_seq || '|' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || body, 'UTF8'));
    INSERT INTO exportctl_event (seq, recorded_at, at, verb, object_type, object_id, actor_id, body, previous, hash)
    VALUES (head_seq, moment, (fields->>'at')::timestamptz, fields->>'verb', fields->'object'->>'type',
            fields->'object'->>'id', (fields->'by'->>'id')::bigint, body, head_hash, digest);
    head_hash := digest;
  END LOOP;
  RETURN head_seq;
END $$;
"""

DROP = """
DROP FUNCTION exportctl_append(text[]);
DROP TRIGGER exportctl_event_no_truncate ON exportctl_event;
DROP TRIGGER exportctl_event_no_change ON exportctl_event;
DROP FUNCTION exportctl_refuse_change();
"""
