"""The lives of resources, one row each: how one is made, what it then says, how it is found and changed, through the SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Story:
    """One resource type.

    ``at`` leads from the client to the resource; ``new`` are the arguments that make the n-th thing, ``says`` what that one
    then says (by dotted attribute; the arguments themselves when it is not given). ``found`` are arguments of the list that
    find the n-th thing alone; ``change`` are arguments of an update, ``changed`` what is different then. ``id`` is the
    attribute that names a thing. ``methods`` are those with other names than usual. ``parent`` makes what the things belong
    to, and gives the arguments that name it.
    """

    at: str
    new: Callable[[int], Arguments]
    says: Callable[[int], Arguments] | None = None
    found: Callable[[int], Arguments] | None = None
    change: Arguments | None = None
    changed: Arguments = field(default_factory=dict)
    id: str = "id"
    methods: Mapping[str, str] = field(default_factory=dict)
    parent: Callable[[Any], Arguments] | None = None
    page_size: str = "page_size"
    deletes: bool = True
    sort: tuple[str, str] | None = None


def _brand(client: Any) -> str:
    return client.messaging_10dlc.brand.create(country="US", display_name="Owner", email="a@example.com", entity_type="PRIVATE_PROFIT",
                                               vertical="TECHNOLOGY").brand_id  # fmt: skip


def _mission(client: Any) -> str:
    return client.ai.missions.create(name="Survey").data.mission_id


def _run(client: Any) -> Arguments:
    mission = _mission(client)
    return {"mission_id": mission, "run_id": client.ai.missions.runs.create(mission).data.run_id}


TO = "+1312555010{}"
RUBRIC = [{"criteria": "Greets the caller", "name": "greeting"}]
HOOK = "https://example.com/hook/{}"
LEG = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
SAML = {"idp_cert_fingerprint": "13:38:C7:BB:C9:FF:4A:70:38:3A:E3:D9:5C:CD:DB:2E:50:1E:80:A7",
        "idp_entity_id": "https://idp.example.com/saml", "idp_sso_target_url": "https://idp.example.com/sso"}  # fmt: skip
PROFILE = "4001767e-ce0f-4cae-9d5f-0d5e636e780{}"

STORIES = [
    Story(at="access_ip_address", new=lambda n: {"ip_address": f"192.0.2.{n}", "description": f"Office {n}"},
          found=lambda n: {"filter": {"ip_address": f"192.0.2.{n}"}}),
    Story(at="access_ip_ranges", new=lambda n: {"cidr_block": f"10.0.{n}.0/24", "description": f"Lab {n}"},
          found=lambda n: {"filter": {"cidr_block": {"startswith": f"10.0.{n}."}}}, methods={"retrieve": ""}),
    Story(at="addresses",
          new=lambda n: {"business_name": f"Toy {n}", "country_code": "US", "first_name": "Al", "last_name": "Foster",
                         "locality": "Austin", "street_address": f"{n} W Superior Street", "customer_reference": f"REF {n}"},
          found=lambda n: {"filter": {"customer_reference": {"eq": f"REF {n}"}}}, sort=("street_address", "street_address")),
    Story(at="advanced_orders", new=lambda n: {"country_code": "US", "area_code": f"31{n}", "quantity": n, "comments": f"No. {n}"},
          methods={"update": "update_requirement_group"}, change={"comments": "Other"}, changed={"comments": "Other"}, deletes=False),
    Story(at="ai.assistants", new=lambda n: {"name": f"Desk {n}", "instructions": f"Say {n}."},
          change={"name": "Back office"}, changed={"name": "Back office"}),
    Story(at="ai.assistants.tests", id="test_id",
          new=lambda n: {"name": f"Hours {n}", "destination": TO.format(n), "instructions": f"Ask {n}.", "rubric": RUBRIC,
                         "test_suite": f"suite {n}"},
          says=lambda n: {"name": f"Hours {n}", "destination": TO.format(n), "test_suite": f"suite {n}"},
          found=lambda n: {"test_suite": f"suite {n}"}, change={"name": "Opening"}, changed={"name": "Opening"}),
    Story(at="ai.assistants.scheduled_events", id="scheduled_event_id",
          parent=lambda client: {"assistant_id": client.ai.assistants.create(name="Desk", instructions="Talk.").id},
          new=lambda n: {"telnyx_conversation_channel": "phone_call", "telnyx_end_user_target": TO.format(n),
                         "telnyx_agent_target": TO.format(9), "scheduled_at_fixed_datetime": f"2030-01-0{n}T00:00:00Z"},
          says=lambda n: {"telnyx_end_user_target": TO.format(n), "telnyx_conversation_channel": "phone_call"}),
    Story(at="ai.conversations", new=lambda n: {"name": f"Talk {n}", "metadata": {"desk": str(n)}},
          found=lambda n: {"name": f"eq.Talk {n}"}, change={"metadata": {"desk": "back"}}, changed={"metadata": {"desk": "back"}}),
    Story(at="ai.conversations.insights", new=lambda n: {"name": f"Mood {n}", "instructions": f"How {n}?"},
          change={"name": "Temper"}, changed={"name": "Temper"}),
    Story(at="ai.conversations.insight_groups", new=lambda n: {"name": f"Group {n}", "description": f"About {n}"},
          methods={"create": "insight_groups", "list": "retrieve_insight_groups"},
          change={"name": "All", "description": "Any"}, changed={"name": "All", "description": "Any"}),
    Story(at="ai.mcp_servers", new=lambda n: {"name": f"Tools {n}", "type": "http", "url": HOOK.format(n)},
          found=lambda n: {"url": HOOK.format(n)}, change={"name": "More"}, changed={"name": "More"}),
    Story(at="ai.missions", id="mission_id", new=lambda n: {"name": f"Survey {n}", "description": f"Call {n}"},
          methods={"update": "update_mission", "delete": "delete_mission"},
          change={"name": "Short"}, changed={"name": "Short"}),
    Story(at="ai.missions.runs", id="run_id", parent=lambda client: {"mission_id": _mission(client)},
          new=lambda n: {"metadata": {"round": str(n)}, "input": {"language": "en"}}, deletes=False,
          change={"result_summary": "Half way"}, changed={"result_summary": "Half way"}),
    Story(at="ai.missions.runs.events", id="event_id", parent=_run, deletes=False,
          new=lambda n: {"summary": f"Dialled {n}", "type": "status_change", "step_id": f"step {n}"},
          found=lambda n: {"step_id": f"step {n}"}, methods={"create": "log", "retrieve": "get_event_details"}),
    Story(at="ai.tools",
          new=lambda n: {"display_name": f"Lookup {n}", "type": "webhook",
                         "webhook": {"name": f"look{n}", "url": HOOK.format(n), "description": "Looks a thing up"}},
          says=lambda n: {"display_name": f"Lookup {n}", "type": "webhook"},
          change={"display_name": "Find"}, changed={"display_name": "Find"}),
    Story(at="alphanumeric_sender_ids",
          new=lambda n: {"alphanumeric_sender_id": f"Company{n}", "messaging_profile_id": PROFILE.format(n)},
          found=lambda n: {"filter_messaging_profile_id": PROFILE.format(n)}),
    Story(at="authentication_providers",
          new=lambda n: {"name": f"Okta {n}", "short_name": f"org{n}", "settings": SAML, "active": n % 2 == 0},
          says=lambda n: {"name": f"Okta {n}", "short_name": f"org{n}", "active": n % 2 == 0,
                          "settings.idp_entity_id": SAML["idp_entity_id"]},
          change={"active": True}, changed={"active": True}, sort=("-short_name", "short_name")),
    Story(at="billing_groups", new=lambda n: {"name": f"Sales {n}"}, change={"name": "Support"}, changed={"name": "Support"}),
    Story(at="call_control_applications",
          new=lambda n: {"application_name": f"Router {n}", "webhook_event_url": HOOK.format(n), "inbound": {"channel_limit": n}},
          says=lambda n: {"application_name": f"Router {n}", "webhook_event_url": HOOK.format(n), "inbound.channel_limit": n},
          found=lambda n: {"filter": {"application_name": {"contains": f"router {n}"}}},
          change={"application_name": "Switch", "webhook_event_url": HOOK.format(9)},
          changed={"application_name": "Switch", "webhook_event_url": HOOK.format(9)}),
    Story(at="comments", deletes=False,
          new=lambda n: {"body": f"Hi {n}", "comment_record_type": "sub_number_order", "comment_record_id": PROFILE.format(n)},
          found=lambda n: {"filter": {"comment_record_type": "sub_number_order", "comment_record_id": PROFILE.format(n)}}),
    Story(at="conferences", deletes=False, new=lambda n: {"name": f"Stand-up {n}", "call_control_id": LEG, "region": "Europe"},
          says=lambda n: {"name": f"Stand-up {n}", "region": "Europe"}, found=lambda n: {"filter": {"name": f"Stand-up {n}"}}),
    Story(at="credential_connections",
          new=lambda n: {"connection_name": f"Desk phone {n}", "user_name": f"desk123{n}", "password": f"my123secure45{n}"},
          says=lambda n: {"connection_name": f"Desk phone {n}", "user_name": f"desk123{n}"},
          found=lambda n: {"filter": {"connection_name": {"contains": f"phone {n}"}}},
          change={"connection_name": "Mobile"}, changed={"connection_name": "Mobile"}, sort=("connection_name", "connection_name")),
    Story(at="customer_service_records", deletes=False, new=lambda n: {"phone_number": TO.format(n)},
          found=lambda n: {"filter": {"phone_number": {"in": [TO.format(n)]}}}),
    Story(at="messaging_10dlc.brand", id="brand_id", page_size="records_per_page",
          new=lambda n: {"country": "US", "display_name": f"Brand {n}", "email": f"b{n}@example.com",
                         "entity_type": "PRIVATE_PROFIT", "vertical": "TECHNOLOGY"},
          says=lambda n: {"display_name": f"Brand {n}", "email": f"b{n}@example.com", "entity_type": "PRIVATE_PROFIT"},
          found=lambda n: {"display_name": f"Brand {n}"},
          change={"country": "US", "display_name": "New brand", "email": "n@example.com", "entity_type": "PRIVATE_PROFIT",
                  "vertical": "TECHNOLOGY"},
          changed={"display_name": "New brand", "email": "n@example.com"}, sort=("-displayName", "display_name")),
    Story(at="messaging_10dlc.campaign", id="campaign_id", page_size="records_per_page",
          parent=lambda client: {"brand_id": _brand(client)},
          new=lambda n: {"description": f"Codes {n}", "usecase": "2FA", "sample1": f"Your code is {n}"},
          says=lambda n: {"description": f"Codes {n}", "usecase": "2FA"},
          methods={"create": "^campaign_builder.submit", "delete": "deactivate"},
          change={"sample1": "Code 9", "auto_renewal": True}, changed={"sample1": "Code 9", "auto_renewal": True}),
    Story(at="messaging_10dlc.phone_number_campaigns", id="phone_number", page_size="records_per_page",
          new=lambda n: {"campaign_id": f"campaign-{n}", "phone_number": TO.format(n)}, sort=("-phoneNumber", "phone_number")),
    Story(at="ai.fine_tuning.jobs", deletes=False, new=lambda n: {"model": "meta/llama", "training_file": f"file-{n}"},
          says=lambda n: {"model": "meta/llama", "training_file": f"file-{n}"}),
    Story(at="ai.clusters", id="task_id", new=lambda n: {"bucket": f"tickets-{n}"}, says=lambda n: {},
          methods={"create": "compute", "retrieve": ""}),
]  # fmt: skip
