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
