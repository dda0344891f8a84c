"""The file as the frozen values that the services work with."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerts import beats
from bot.alerts.model import Labels, Rules
from bot.config import overlaps, schema
from bot.directory import model as directory
from bot.paging import model as paging
from bot.shifts import model as shifts
from schedules.rota import civil
from schedules.rota import model as rota
from schedules.rota.lint import model as linting


def of_escalation(escalation: schema.Escalation) -> paging.Escalation:
    policies = tuple(_policy(policy, escalation.last_resort) for policy in escalation.policies)
    return paging.Escalation(policies, timedelta(minutes=escalation.ask_again_minutes))


def _policy(policy: schema.EscalationPolicy, last_resort: str) -> paging.Policy:
    steps = tuple(
        paging.Step(tuple(_target(t) for t in s.targets), timedelta(minutes=s.wait_minutes), _condition(s.when))
        for s in policy.steps
    )
    return paging.Policy(steps, policy.repeat, last_resort, policy.id, _condition(policy.when))


def _target(target: schema.EscalationTarget) -> paging.Target:
    if target.person:
        return paging.Target(paging.Kind.PERSON, target.person)
    if target.rotation:
        return paging.Target(paging.Kind.ROTATION, target.rotation)
    return paging.role(target.role or "", target.region or "")


def _condition(when: schema.Condition) -> paging.When:
    return paging.When(
        _weekdays(when.weekdays),
        when.start,
        when.end,
        when.zone or "",
        frozenset(when.severities),
        frozenset(when.clients),
    )


def of_heartbeats(file: schema.File) -> tuple[beats.Heartbeat, ...]:
    minutes = [(timedelta(minutes=h.every_minutes), timedelta(minutes=h.grace_minutes)) for h in file.heartbeats]
    return tuple(
        beats.Heartbeat(h.id, h.name, every, grace, h.region or "", h.secret)
        for h, (every, grace) in zip(file.heartbeats, minutes, strict=True)
    )


def of_alerts(alerts: schema.Alerts) -> Rules:
    labels = alerts.labels
    known: dict[str, str] = {said.strip().lower(): severity for said, severity in (alerts.severities or {}).items()}
    return Rules(
        storm=alerts.storm_alerts,
        window=timedelta(minutes=alerts.storm_minutes),
        per_client=alerts.storm_per_client,
        severities=Rules().severities if alerts.severities is None else known,
        labels=Labels(labels.severity, labels.client, labels.cluster, tuple(labels.namespaces), labels.region),
    )


def of_targets(targets: schema.Targets) -> dict[str, timedelta]:
    """Severity → until somebody has answered for the first time, where the client has no own target."""
    found = {severity: getattr(targets, severity) for severity in schema.Targets.model_fields}
    return {
        severity: timedelta(minutes=target.first_response)
        for severity, target in found.items()
        if target and target.first_response
    }


def of_directory(file: schema.File) -> directory.Directory:
    zones = {r.id: r.zone for r in file.regions}
    roles = file.workspace.roles.model_dump()
    groups = file.workspace.kubernetes_groups.model_dump()
    return directory.Directory(
        regions=tuple(
            directory.Region(r.id, r.name, r.zone, r.channel, r.user_group, _hours(r.hours), _works(r), _groups(r))
            for r in file.regions
        ),
        people=tuple(_person(p, zones) for p in file.people),
        clients=tuple(_client(c, file.targets) for c in file.clients),
        clusters=tuple(directory.Cluster(c.id, c.name, c.kubeconfig, c.context, c.in_cluster) for c in file.clusters),
        accept_handoffs_within=timedelta(minutes=file.lead.accept_minutes),
        handoff_channel=file.workspace.handoff_channel,
        admin_channel=file.workspace.admin_channel,
        role_groups={directory.Role(name): group for name, group in roles.items() if group},
        kubernetes_groups={directory.Role(name): tuple(names) for name, names in groups.items()},
        on_duty_group=file.workspace.on_duty_group,
        disable_empty_groups=file.workspace.empty_groups == "disable",
        public_url=file.workspace.public_url or "",
        commands=file.workspace.commands.model_dump(),
        reply_prefix=file.workspace.reply_prefix,
        request_emoji=file.workspace.request_emoji,
        promises=directory.Promises(
            timedelta(minutes=file.promises.remind_minutes), timedelta(minutes=file.promises.grace_minutes)
        ),
        reports=directory.Reports(
            weekly=file.reports.weekly,
            channel=file.reports.channel or "",
            weekday=overlaps.WEEKDAYS.index(file.reports.weekday),
            at=file.reports.at,
            zone=file.reports.zone,
        ),
        routing=directory.RoutingPolicy(
            timedelta(minutes=file.routing.seam_minutes),
            file.routing.load_margin,
            tuple(directory.Skill(s.id, tuple(s.words)) for s in file.skills),
        ),
    )


def _hours(hours: schema.Hours) -> str:
    days = hours.weekdays
    spell = f"{days[0]}–{days[-1]}" if len(days) > 2 else ", ".join(days)
    return f"{spell} {hours.start:%H:%M}–{hours.end:%H:%M}"


def _works(region: schema.Region) -> directory.Hours:
    return _hours_of(region.hours, region.zone, region.holidays)


def _hours_of(hours: schema.Hours, zone: str, holidays: schema.Holidays | None) -> directory.Hours:
    calendar = rota.Calendar(holidays.country, holidays.subdivision or "") if holidays else None
    return directory.Hours(zone, _weekdays(hours.weekdays), hours.start, hours.end, calendar)


def _groups(region: schema.Region) -> dict[str, str]:
    return {role: group for role, group in region.on_duty_groups.model_dump().items() if group}


def of_notices(notices: schema.Notices) -> shifts.Wanted:
    kinds = [kind for kind in shifts.Kind if getattr(notices, kind.value)]
    return shifts.Wanted(
        frozenset(kinds),
        notices.day_before_at,
        notices.hours_before,
        frozenset(rota.Role(role) for role in notices.roles),
        timedelta(minutes=notices.shortest_minutes),
        notices.gap_days,
        notices.edit_weeks,
    )


def _person(person: schema.Person, zones: dict[str, str]) -> directory.Person:
    return directory.Person(
        id=person.id,
        name=person.name,
        slack=person.slack,
        region=person.region,
        zone=person.zone or zones[person.region],
        role=directory.Role(person.role),
        kubernetes_user=person.kubernetes_user or "",
        contacts=tuple(_method(person.id, c) for c in person.contacts if c.url),
        dm_after=next((timedelta(minutes=c.after_minutes) for c in person.contacts if not c.url), timedelta()),
        muted=frozenset(person.muted),
        skills=frozenset(person.skills),
    )


def _method(person: str, contact: schema.Contact) -> directory.ContactMethod:
    after = timedelta(minutes=contact.after_minutes)
    return directory.ContactMethod(f"{person}/{contact.kind}", contact.kind, contact.url or "", after)


def _client(client: schema.Client, targets: schema.Targets) -> directory.Client:
    own = client.support_hours
    goals = {
        severity: _goal(getattr(client.targets, severity), getattr(targets, severity))
        for severity in schema.Targets.model_fields
    }
    return directory.Client(
        id=client.id,
        name=client.name,
        channels=tuple(client.channels),
        access=tuple(
            directory.ClientAccess(a.cluster, frozenset(a.namespaces), frozenset(a.queues)) for a in client.access
        ),
        kubernetes_groups=tuple(client.kubernetes_groups),
        goals={severity: goal for severity, goal in goals.items() if goal is not None},
        support_hours=(_hours_of(own, own.zone, own.holidays),) if own else (),
        weekly_report=client.weekly_report,
        skills=frozenset(client.skills),
        prefer=tuple(client.prefer),
    )


def _goal(own: schema.Target | None, general: schema.Target | None) -> directory.Goal | None:
    """What was agreed with the client, and where that says nothing, what holds for all."""
    sources = [target for target in (own, general) if target is not None]
    if not sources:
        return None

    def said(name: str) -> timedelta | None:
        minutes = next((value for t in sources if (value := getattr(t, name)) is not None), None)
        return timedelta(minutes=minutes) if minutes is not None else None

    hours = next((t.hours for t in sources if t.hours is not None), "always")
    return directory.Goal(said("first_response"), said("next_update"), said("resolution"), hours == "support")


def of_limits(lint: schema.Lint) -> linting.Limits:
    return linting.Limits(
        longest_duty=timedelta(hours=lint.longest_duty_hours),
        shortest_rest=timedelta(hours=lint.shortest_rest_hours),
        longest_overlap=timedelta(hours=lint.longest_overlap_hours),
        weekend_uneven=timedelta(hours=lint.weekend_uneven_hours),
        night_start=lint.night_start_hour,
        night_end=lint.night_end_hour,
    )


def of_people(file: schema.File) -> tuple[linting.Person, ...]:
    """As the linter sees them: where they live, and whether anything besides Slack reaches them."""
    zones, asked = {r.id: r.zone for r in file.regions}, _asked(file)
    return tuple(
        linting.Person(
            p.id,
            p.zone or zones[p.region],
            any(c.url for c in p.contacts),
            p.id == file.escalation.last_resort,
            p.id in asked,
        )
        for p in file.people
    )


def _asked(file: schema.File) -> set[str]:
    """Whom steps of policies name, or a rotation that they are in, now or after an edit."""
    targets = [t for policy in file.escalation.policies for step in policy.steps for t in step.targets]
    named, rotations = {t.person for t in targets if t.person}, {t.rotation for t in targets if t.rotation}
    for rotation in file.rotations:
        if rotation.id in rotations:
            named |= {*rotation.people, *(person for edit in rotation.edits for person in edit.people or [])}
    return named


def of_rota(file: schema.File) -> rota.Rota:
    zones = {r.id: r.zone for r in file.regions}
    return rota.Rota(
        regions=tuple(_rota_region(r) for r in file.regions),
        rotations=tuple(_rotation(r, zones) for r in file.rotations),
        rules=tuple(_rota_rule(r) for r in file.rules),
        lead_after=timedelta(minutes=file.lead.after_minutes),
        temporary=tuple(_temporary(t, zones[t.region]) for t in file.temporary),
    )


def _rota_region(region: schema.Region) -> rota.Region:
    made = rota.Region(region.id, region.zone)
    if region.holidays:
        made = replace(made, holidays=rota.Calendar(region.holidays.country, region.holidays.subdivision or ""))
    if region.daytime:
        made = replace(made, daytime=(region.daytime.start, region.daytime.end))
    return made


def _rotation(rotation: schema.Rotation, zones: dict[str, str]) -> rota.Rotation:
    days, hours = _length(rotation.length)
    return rota.Rotation(
        id=rotation.id,
        zone=rotation.zone or zones[rotation.region],
        people=tuple(rotation.people),
        days=days,
        handover=rotation.handover,
        start=rotation.start,
        hours=hours,
        advances=_weekdays(rotation.advances_on or []),
        edits=tuple(rota.Edit(e.since, tuple(e.people or ()), *_length(e.length), e.start) for e in rotation.edits),
    )


def _length(length: schema.Length | None) -> tuple[int, int]:
    """Days and hours."""
    return (length.days + 7 * length.weeks, length.hours) if length else (0, 0)


def _weekdays(days: list[schema.Weekday]) -> frozenset[int]:
    return frozenset(overlaps.WEEKDAYS.index(day) for day in days)


def _rota_rule(rule: schema.Rule) -> rota.Rule:
    return rota.Rule(
        region=rule.region,
        role=rota.Role(rule.role),
        weekdays=_weekdays(rule.weekdays),
        start=rule.start,
        end=rule.end,
        rotation=rule.rotation or "",
        person=rule.person or "",
        on_holiday=rota.OnHoliday(rule.on_holiday),
        holiday_day=overlaps.WEEKDAYS.index(rule.holiday_day or "sun"),
        since=rule.since,
        until=rule.until,
    )


def _temporary(temporary: schema.Temporary, zone: str) -> rota.Temporary:
    return rota.Temporary(
        temporary.region,
        *local_span(temporary.start, temporary.end, zone),
        tuple(
            rota.Shift(temporary.region, rota.Role(s.role), s.person, *local_span(s.start, s.end, zone))
            for s in temporary.shifts
        ),
        frozenset(rota.Role(role) for role in temporary.roles or ()),
    )


def local_span(start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
    """From naive local times; of a time that comes twice the first for a start, the second for an end."""
    return (
        civil.instant(start.date(), start.time(), zone),
        civil.instant(end.date(), end.time(), zone, last=True),
    )
