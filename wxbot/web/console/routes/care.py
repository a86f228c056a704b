"""关怀计划."""

from wxbot.web.console import care_dry_run, care_gaps, care_plan_edit, care_plan_step, care_plan_versions, care_plans
from wxbot.web.console.routing import Route
from wxbot.web.console.task_rows import GAPS

PLANS = "/console/care/plans"
PLAN = f"{PLANS}/{{key}}"
GAP = f"{GAPS}/{{gap}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/care", care_plans.index, "care:plan:read"),
    Route("GET", f"{PLANS}/new", care_plans.new, "care:plan:edit"),
    Route("POST", f"{PLANS}/new", care_plans.create, "care:plan:edit"),
    Route("GET", PLAN, care_plan_edit.edit, "care:plan:read"),
    Route("POST", PLAN, care_plan_edit.rename, "care:plan:edit"),
    Route("GET", f"{PLAN}/file", care_plan_edit.file, "care:plan:read"),
    Route("GET", f"{PLAN}/affected", care_plan_edit.affected, "care:plan:publish"),
    Route("POST", f"{PLAN}/submit", care_plan_edit.ask_approval, "care:plan:edit"),
    Route("POST", f"{PLAN}/discard", care_plan_edit.discard, "care:plan:edit"),
    Route("POST", f"{PLAN}/approve", care_plan_edit.approve, "care:plan:approve"),
    Route("POST", f"{PLAN}/return", care_plan_edit.return_for_changes, "care:plan:approve"),
    Route("POST", f"{PLAN}/publish", care_plan_edit.publish, "care:plan:publish"),
    Route("POST", f"{PLAN}/pause", care_plan_edit.pause, "care:plan:publish"),
    Route("POST", f"{PLAN}/resume", care_plan_edit.resume, "care:plan:publish"),
    Route("POST", f"{PLAN}/retire", care_plan_edit.retire, "care:plan:publish"),
    Route("POST", f"{PLAN}/restore", care_plan_edit.restore, "care:plan:publish"),
    Route("GET", f"{PLAN}/steps/{{step}}", care_plan_step.edit, "care:plan:edit"),
    Route("POST", f"{PLAN}/steps/{{step}}", care_plan_step.save, "care:plan:edit"),
    Route("POST", f"{PLAN}/steps/{{step}}/move", care_plan_step.move, "care:plan:edit"),
    Route("POST", f"{PLAN}/steps/{{step}}/remove", care_plan_step.remove, "care:plan:edit"),
    Route("GET", f"{PLAN}/versions", care_plan_versions.index, "care:plan:read"),
    Route("GET", rf"{PLAN}/versions/{{number:\d+}}", care_plan_versions.show, "care:plan:read"),
    Route("POST", rf"{PLAN}/versions/{{number:\d+}}/restore", care_plan_versions.restore, "care:plan:publish"),
    Route("GET", GAP, care_gaps.report, "followups:task:read"),
    Route("GET", f"{GAP}/{{plan}}/{{day}}", care_gaps.question, "followups:task:read"),
    Route("POST", f"{GAP}/{{plan}}/{{day}}", care_gaps.decide, "care:gap:decide"),
    Route("GET", care_dry_run.HERE, care_dry_run.show, "care:dry_run:read"),
    Route("GET", f"{care_dry_run.HERE}/result", care_dry_run.result, "care:dry_run:read"),
    Route("GET", "/console/patients/{id}/dry-run", care_dry_run.of_patient, "care:dry_run:read"),
)
