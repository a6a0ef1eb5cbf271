"""SQL of the records nobody changes: the ledger and the steps of conditions, append-only by triggers; numbers from
sequences (a number is never given twice)."""

APPEND_ONLY = """
CREATE FUNCTION licenses_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % refused, record a reversal', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER licenses_movement_no_change BEFORE UPDATE OR DELETE ON licenses_movement
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_change();
"""

NUMBERS = """
CREATE SEQUENCE licenses_application_number MINVALUE 100001 MAXVALUE 999999;
CREATE SEQUENCE licenses_license_number MINVALUE 1000001 MAXVALUE 9999999;
"""

DECISIONS = """
CREATE FUNCTION licenses_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
     AND to_jsonb(NEW) - 'final_at' IS DISTINCT FROM to_jsonb(OLD) - 'final_at' THEN
    RAISE EXCEPTION 'a decision is append-only: % refused, a correction supersedes it', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_decision_no_change BEFORE UPDATE OR DELETE ON licenses_decision
  FOR EACH ROW EXECUTE FUNCTION licenses_decision_stands();
CREATE TRIGGER licenses_decidedline_no_change BEFORE UPDATE OR DELETE ON licenses_decidedline
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_change();
"""

DROP_DECISIONS = """
DROP TRIGGER licenses_decidedline_no_change ON licenses_decidedline;
DROP TRIGGER licenses_decision_no_change ON licenses_decision;
DROP FUNCTION licenses_decision_stands();
"""

# what was ruled, escalated, told and answered stays as it was written
REVIEW_TABLES = (
    "ruling", "escalation", "unregisteredreturn", "denialresponse", "appeal", "appealpaper",
)  # fmt: skip
KEPT = """
CREATE FUNCTION licenses_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused, record a later row', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER licenses_{name}_no_change BEFORE UPDATE OR DELETE ON licenses_{name}"
    " FOR EACH ROW EXECUTE FUNCTION licenses_refuse_rewrite();\n"
    for name in REVIEW_TABLES
)
KEPT_DROP = "".join(
    f"DROP TRIGGER licenses_{name}_no_change ON licenses_{name};\n" for name in REVIEW_TABLES
) + ("DROP FUNCTION licenses_refuse_rewrite();")

WITHDRAWALS_KEPT = """
CREATE TRIGGER licenses_appealwithdrawal_no_change BEFORE UPDATE OR DELETE ON licenses_appealwithdrawal
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_rewrite();
"""
WITHDRAWALS_DROP = "DROP TRIGGER licenses_appealwithdrawal_no_change ON licenses_appealwithdrawal;"

# a letter stays as it was written
LETTERS_KEPT = """
CREATE TRIGGER licenses_letter_no_change BEFORE UPDATE OR DELETE ON licenses_letter
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_rewrite();
"""
LETTERS_DROP = "DROP TRIGGER licenses_letter_no_change ON licenses_letter;"

DROP = """
DROP TRIGGER licenses_letter_no_change ON licenses_letter;
DROP FUNCTION licenses_refuse_letter_change();
"""

DROP = """
DROP SEQUENCE licenses_license_number;
DROP SEQUENCE licenses_application_number;
DROP TRIGGER licenses_movement_no_change ON licenses_movement;
DROP FUNCTION licenses_refuse_change();
"""

STEPS = """
CREATE FUNCTION licenses_refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'conditions and their steps stay on record: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER licenses_conditionstep_no_change BEFORE UPDATE OR DELETE ON licenses_conditionstep
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_step();
CREATE TRIGGER licenses_condition_no_delete BEFORE DELETE ON licenses_condition
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_step();
"""

# conditions of before the steps were kept: from their own columns; who withdrew one stands in the event log
STEPS_OF_OLD = """
INSERT INTO licenses_conditionstep (condition_id, kind, by_id, body, at, before, after, params, reason)
SELECT id, 'proposed', proposed_by_id, origin, proposed_at, '', text, '{}', '' FROM licenses_condition
WHERE text <> '' ORDER BY id;
INSERT INTO licenses_conditionstep (condition_id, kind, by_id, body, at, before, after, params, reason)
SELECT id, 'accepted', accepted_by_id, '', accepted_at, '', text, '{}', '' FROM licenses_condition
WHERE accepted_at IS NOT NULL ORDER BY id;
INSERT INTO licenses_conditionstep (condition_id, kind, by_id, body, at, before, after, params, reason)
SELECT c.id, 'removed', coalesce(e.actor_id, c.proposed_by_id), c.origin, c.withdrawn_at, c.text, '', '{}',
  'Withdrawn; no reason was asked at that time.'
FROM licenses_condition c LEFT JOIN LATERAL (
  SELECT actor_id FROM exportctl_event
  WHERE verb = 'condition.withdrawn' AND object_type = 'licenses.application' AND object_id = c.application_id::text
    AND data->'data'->>'condition' = c.number::text
  ORDER BY seq DESC LIMIT 1
) e ON true
WHERE c.withdrawn_at IS NOT NULL ORDER BY c.id;
"""

DROP_STEPS = """
DROP TRIGGER licenses_condition_no_delete ON licenses_condition;
DROP TRIGGER licenses_conditionstep_no_change ON licenses_conditionstep;
DROP FUNCTION licenses_refuse_step();
"""

# the bodies of the regulation stand as the law names them; codes of one's own never change
BODIES = """
INSERT INTO licenses_reviewbody (code, name, kind, concern, days, objection_blocks) VALUES
 ('commerce', 'Commerce', 'agency', 'The licensing agency: every application (750.3(a))', 30, false),
 ('defense', 'Defense', 'agency', 'National security (NS), regional stability (RS), encryption (EI)', 30, false),
 ('energy', 'Energy', 'agency', 'Nuclear nonproliferation (NP)', 30, false),
 ('state', 'State', 'agency', 'National security (NS), nuclear nonproliferation (NP), missile technology (MT), '
  'regional stability (RS), anti-terrorism (AT), crime control (CC), sanctions', 30, false)
ON CONFLICT DO NOTHING;
CREATE FUNCTION licenses_body_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.kind = 'agency' OR TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'review body %: % refused, it stands by law or on record', OLD.code, TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.code <> OLD.code OR NEW.kind <> OLD.kind OR NEW.since <> OLD.since OR OLD.until IS NOT NULL THEN
    RAISE EXCEPTION 'review body %: its code, kind, beginning and end stay', OLD.code
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_reviewbody_stands BEFORE UPDATE OR DELETE ON licenses_reviewbody
  FOR EACH ROW EXECUTE FUNCTION licenses_body_stands();

ALTER TABLE licenses_seat ADD CONSTRAINT licenses_seat_body_fk
  FOREIGN KEY (body) REFERENCES licenses_reviewbody (code);
ALTER TABLE licenses_referral ADD CONSTRAINT licenses_referral_body_fk
  FOREIGN KEY (body) REFERENCES licenses_reviewbody (code);

CREATE FUNCTION licenses_referral_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  may_change text[] := ARRAY['closed_at', 'closed_by_id', 'closed_reason', 'assigned_to_id', 'assigned_at'];
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
     OR to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
    RAISE EXCEPTION 'a referral stays on record: % refused but for who works it and its closing', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.closed_at IS DISTINCT FROM OLD.closed_at AND EXISTS (
    SELECT 1 FROM licenses_recommendation WHERE referral_id = OLD.id) THEN
    RAISE EXCEPTION 'a lane that was answered is not closed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_referral_no_change BEFORE UPDATE OR DELETE ON licenses_referral
  FOR EACH ROW EXECUTE FUNCTION licenses_referral_stands();

CREATE FUNCTION licenses_position_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lane licenses_referral%ROWTYPE;
BEGIN
  SELECT * INTO lane FROM licenses_referral WHERE id = NEW.referral_id;
  IF lane.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'the lane of % is closed', lane.body USING ERRCODE = 'check_violation';
  END IF;
  IF (lane.body IN ('commerce', 'defense', 'energy', 'state'))
     <> (NEW.position IN ('approve', 'approve_conditions', 'no_objection', 'deny')) THEN
    RAISE EXCEPTION 'the position % is not one of %', NEW.position, lane.body USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_recommendation_fits BEFORE INSERT ON licenses_recommendation
  FOR EACH ROW EXECUTE FUNCTION licenses_position_fits();
"""

DROP_BODIES = """
DROP TRIGGER licenses_recommendation_fits ON licenses_recommendation;
DROP FUNCTION licenses_position_fits();
DROP TRIGGER licenses_referral_no_change ON licenses_referral;
DROP FUNCTION licenses_referral_stands();
ALTER TABLE licenses_referral DROP CONSTRAINT licenses_referral_body_fk;
ALTER TABLE licenses_seat DROP CONSTRAINT licenses_seat_body_fk;
DROP TRIGGER licenses_reviewbody_stands ON licenses_reviewbody;
DROP FUNCTION licenses_body_stands();
"""

# a delegation stays as it was recorded but for its end; what it left out of a referral stays whatever becomes of it
DELEGATIONS = """
CREATE FUNCTION licenses_delegation_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
     OR to_jsonb(NEW) - ARRAY['until', 'ended_at', 'ended_by_id', 'end_reason']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['until', 'ended_at', 'ended_by_id', 'end_reason'] THEN
    RAISE EXCEPTION 'a delegation stays as it was recorded: % refused but for its end', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_delegation_no_change BEFORE UPDATE OR DELETE ON licenses_delegation
  FOR EACH ROW EXECUTE FUNCTION licenses_delegation_stands();
CREATE TRIGGER licenses_waiver_no_change BEFORE UPDATE OR DELETE ON licenses_waiver
  FOR EACH ROW EXECUTE FUNCTION licenses_refuse_rewrite();

CREATE FUNCTION licenses_waiver_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM licenses_delegation d WHERE d.id = NEW.delegation_id AND d.body = NEW.body
                 AND d.since <= NEW."on" AND (d.until IS NULL OR NEW."on" < d.until)) THEN
    RAISE EXCEPTION 'no delegation of % is in force on %', NEW.body, NEW."on" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER licenses_waiver_in_force BEFORE INSERT ON licenses_waiver
  FOR EACH ROW EXECUTE FUNCTION licenses_waiver_fits();
"""

DROP_DELEGATIONS = """
DROP TRIGGER licenses_waiver_in_force ON licenses_waiver;
DROP FUNCTION licenses_waiver_fits();
DROP TRIGGER licenses_waiver_no_change ON licenses_waiver;
DROP TRIGGER licenses_delegation_no_change ON licenses_delegation;
DROP FUNCTION licenses_delegation_stands();
"""
