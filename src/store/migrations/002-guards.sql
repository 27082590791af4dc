-- Wrong states that a CHECK cannot see because they span rows or time. Each raises CDxxx, so that the code can name what was refused.

CREATE FUNCTION cordon.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit rows are never changed or removed' USING ERRCODE = 'CD001';
END;
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON cordon.audit
  FOR EACH ROW EXECUTE FUNCTION cordon.refuse_audit_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON cordon.audit
  FOR EACH STATEMENT EXECUTE FUNCTION cordon.refuse_audit_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON cordon.audit_head
  FOR EACH ROW EXECUTE FUNCTION cordon.refuse_audit_change();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON cordon.audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION cordon.refuse_audit_change();

CREATE FUNCTION cordon.audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> OLD.seq + 1 THEN
    RAISE EXCEPTION 'the end of the audit chain only moves forward by one' USING ERRCODE = 'CD001';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON cordon.audit_head
  FOR EACH ROW EXECUTE FUNCTION cordon.audit_head_grows();

-- What was shown and approved is what runs: a plan, once there, stays as it is.
CREATE FUNCTION cordon.plan_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.plan IS NOT NULL AND (NEW.plan::text IS DISTINCT FROM OLD.plan::text OR NEW.plan_hash IS DISTINCT FROM OLD.plan_hash) THEN
    RAISE EXCEPTION 'the plan of run % cannot be changed', OLD.id USING ERRCODE = 'CD002';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER run_plan_is_final BEFORE UPDATE ON cordon.run
  FOR EACH ROW EXECUTE FUNCTION cordon.plan_is_final();

-- Nothing runs without an approval of that exact plan.
CREATE FUNCTION cordon.run_needs_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state IN ('executing', 'verifying') AND OLD.state NOT IN ('executing', 'verifying') AND NOT EXISTS (
    SELECT 1 FROM cordon.approval a
    WHERE a.run_id = NEW.id AND a.plan_hash = NEW.plan_hash AND a.state IN ('approved', 'consumed')
  ) THEN
    RAISE EXCEPTION 'run % has no approval of its plan', NEW.id USING ERRCODE = 'CD003';
  END IF;
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of run % never goes back', NEW.id USING ERRCODE = 'CD003';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER run_needs_approval BEFORE UPDATE ON cordon.run
  FOR EACH ROW EXECUTE FUNCTION cordon.run_needs_approval();

-- A decision is final: denied, expired, stale and consumed stay so.
CREATE FUNCTION cordon.approval_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('denied', 'expired', 'stale', 'consumed') AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'approval % is % and stays so', OLD.id, OLD.state USING ERRCODE = 'CD004';
  END IF;
  IF NEW.plan_hash <> OLD.plan_hash OR NEW.run_id <> OLD.run_id OR NEW.expires_at <> OLD.expires_at
     OR NEW.requested_by <> OLD.requested_by OR NEW.requirement::text <> OLD.requirement::text THEN
    RAISE EXCEPTION 'what approval % asks for cannot be changed', OLD.id USING ERRCODE = 'CD004';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER approval_is_final BEFORE UPDATE ON cordon.approval
  FOR EACH ROW EXECUTE FUNCTION cordon.approval_is_final();

-- Nobody approves what they asked for, and a vote cannot be taken back or changed.
CREATE FUNCTION cordon.vote_is_of_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.decision = 'approve' AND EXISTS (
    SELECT 1 FROM cordon.approval a WHERE a.id = NEW.approval_id AND a.requested_by = NEW.person_id
  ) THEN
    RAISE EXCEPTION 'the requester of % cannot approve it', NEW.approval_id USING ERRCODE = 'CD005';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER vote_is_of_another BEFORE INSERT ON cordon.vote
  FOR EACH ROW EXECUTE FUNCTION cordon.vote_is_of_another();

CREATE FUNCTION cordon.refuse_vote_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'votes are never changed or removed' USING ERRCODE = 'CD005';
END;
$$;
CREATE TRIGGER vote_stays BEFORE UPDATE OR DELETE ON cordon.vote
  FOR EACH ROW EXECUTE FUNCTION cordon.refuse_vote_change();
