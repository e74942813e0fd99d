"""What is recorded: calls that an application makes, one function a recording, created things deleted again."""

from __future__ import annotations

from collections.abc import Callable

from recorder import Client

Chain = Callable[[Client], None]
CHAINS: dict[str, Chain] = {}
NOBODY = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"
TO, FROM = "+13125550100", "+13125550199"


def chain(name: str) -> Callable[[Chain], Chain]:
    """Register the chain of ``specs/recordings/<name>.har``."""

    def register(function: Chain) -> Chain:
        CHAINS[name] = function
        return function

    return register


@chain("access-ip")
def access_ip(client: Client) -> None:
    """IP Addresses, IP Ranges."""
    address = client.access_ip_address.create(ip_address="192.0.2.10", description="Office")
    client.access_ip_address.list(page_number=1, page_size=20)
    client.access_ip_address.retrieve(address.id)
    client.access_ip_address.delete(address.id)
    client.refused(404, lambda: client.access_ip_address.retrieve(address.id))
    block = client.access_ip_ranges.create(cidr_block="192.0.2.0/28", description="Lab")
    client.access_ip_ranges.list(page_number=1, page_size=20)
    client.access_ip_ranges.delete(block.id)


@chain("addresses")
def addresses(client: Client) -> None:
    """Addresses."""
    new = {"business_name": "Toy-O'Kon", "country_code": "US", "first_name": "Alfred", "last_name": "Foster", "locality": "Austin",
           "street_address": "311 W Superior Street", "administrative_area": "TX", "postal_code": "78701"}  # fmt: skip
    address = client.addresses.create(**new).data
    client.addresses.actions.validate(country_code="US", postal_code="78701", street_address="311 W Superior Street")
    client.addresses.list(filter={"customer_reference": {"eq": "MY REF 001"}}, page_number=1, page_size=20, sort="street_address")
    client.addresses.retrieve(address.id)
    client.addresses.actions.accept_suggestions(address.id)
    client.addresses.delete(address.id)
    client.refused(404, lambda: client.addresses.retrieve(address.id))
    client.refused(422, lambda: client.post("/addresses", body={"country_code": "US"}, cast_to=object))


@chain("advanced-orders")
def advanced_orders(client: Client) -> None:
    """Advanced Number Orders."""
    order = client.advanced_orders.create(
        country_code="US", area_code="312", quantity=2, comments="Two in Chicago", phone_number_type="local"
    )
    client.advanced_orders.list()
    client.advanced_orders.retrieve(order.id)


@chain("ai-assistants")
def ai_assistants(client: Client) -> None:
    """Assistants: the assistant itself, its tags, deploys, versions."""
    assistant = client.ai.assistants.create(instructions="Answer questions about opening hours.", name="Front desk")
    client.ai.assistants.list()
    client.ai.assistants.retrieve(assistant.id)
    client.ai.assistants.update(assistant.id, name="Back office")
    client.ai.assistants.tags.add(assistant.id, tag="hours")
    client.ai.assistants.tags.list()
    client.ai.assistants.tags.remove("hours", assistant_id=assistant.id)
    client.ai.assistants.versions.list(assistant.id)
    client.ai.assistants.get_texml(assistant.id)
    client.ai.assistants.clone(assistant.id)
    client.ai.assistants.delete(assistant.id)
    client.refused(404, lambda: client.ai.assistants.retrieve(assistant.id))


@chain("ai-assistant-tests")
def ai_assistant_tests(client: Client) -> None:
    """Assistants: tests of one, and their runs."""
    rubric = [{"criteria": "Greets the caller", "name": "greeting"}]
    test = client.ai.assistants.tests.create(
        destination=TO, instructions="Ask for the opening hours.", name="Hours", rubric=rubric
    )
    client.ai.assistants.tests.list(page_number=1, page_size=20)
    client.ai.assistants.tests.retrieve(test.test_id)
    client.ai.assistants.tests.update(test.test_id, name="Opening hours")
    run = client.ai.assistants.tests.runs.trigger(test.test_id)
    client.ai.assistants.tests.runs.list(test.test_id)
    client.ai.assistants.tests.runs.retrieve(run.run_id, test_id=test.test_id)
    client.ai.assistants.tests.test_suites.list()
    client.ai.assistants.tests.delete(test.test_id)


@chain("ai-tools")
def ai_tools(client: Client) -> None:
    """Assistants: shared tools."""
    tool = client.ai.tools.create(
        display_name="Lookup",
        type="webhook",
        webhook={"name": "lookup", "url": "https://example.com/lookup", "description": "Looks a thing up"},
    )
    client.ai.tools.list(page_number=1, page_size=20)
    client.ai.tools.retrieve(tool.id)
    client.ai.tools.update(tool.id, display_name="Find")
    client.ai.tools.delete(tool.id)


@chain("ai-clusters")
def ai_clusters(client: Client) -> None:
    """Clusters."""
    task = client.ai.clusters.compute(bucket="tickets", files=["a.txt"], min_cluster_size=10).data.task_id
    client.ai.clusters.list(page_number=1, page_size=10)
    client.ai.clusters.retrieve(task, show_subclusters=True, top_n_nodes=2)
    client.ai.clusters.delete(task)


@chain("ai-conversations")
def ai_conversations(client: Client) -> None:
    """Conversations, their messages, insights and groups of insights."""
    conversation = client.ai.conversations.create(name="Support", metadata={"channel": "chat"})
    client.ai.conversations.list(limit=10)
    client.ai.conversations.retrieve(conversation.id)
    client.ai.conversations.update(conversation.id, metadata={"channel": "phone"})
    client.ai.conversations.add_message(conversation.id, role="user", content="Hello")
    client.ai.conversations.messages.list(conversation.id, page_number=1, page_size=20)
    client.ai.conversations.delete(conversation.id)
    insight = client.ai.conversations.insights.create(instructions="Sum it up.", name="Summary").data
    client.ai.conversations.insights.list(page_number=1, page_size=20)
    client.ai.conversations.insights.retrieve(insight.id)
    client.ai.conversations.insights.update(insight.id, name="Short summary")
    group = client.ai.conversations.insight_groups.insight_groups(name="Quality", description="All of them").data
    client.ai.conversations.insight_groups.retrieve_insight_groups(page_number=1, page_size=20)
    client.ai.conversations.insight_groups.retrieve(group.id)
    client.ai.conversations.insight_groups.insights.assign(insight.id, group_id=group.id)
    client.ai.conversations.insight_groups.insights.delete_unassign(insight.id, group_id=group.id)
    client.ai.conversations.insight_groups.update(group.id, name="Quality of service")
    client.ai.conversations.insight_groups.delete(group.id)
    client.ai.conversations.insights.delete(insight.id)


@chain("ai-embeddings")
def ai_embeddings(client: Client) -> None:
    """Embeddings."""
    task = client.ai.embeddings.create(bucket_name="manuals", document_chunk_size=512).data.task_id
    client.ai.embeddings.list(status=["processing"])
    client.ai.embeddings.retrieve(task)
    client.ai.embeddings.url(bucket_name="manuals", url="https://example.com/manual")
    client.ai.embeddings.similarity_search(bucket_name="manuals", query="How do I start?", num_of_docs=3)
    client.ai.embeddings.buckets.list()


@chain("ai-fine-tuning")
def ai_fine_tuning(client: Client) -> None:
    """Fine Tuning."""
    job = client.ai.fine_tuning.jobs.create(
        model="mistralai/Mistral-7B-Instruct-v0.1", training_file="training.jsonl", suffix="desk"
    )
    client.ai.fine_tuning.jobs.list()
    client.ai.fine_tuning.jobs.retrieve(job.id)
    client.ai.fine_tuning.jobs.cancel(job.id)


@chain("ai-inference")
def ai_inference(client: Client) -> None:
    """OpenAI Chat, OpenAI Embeddings, Chat, Audio."""
    client.ai.openai.list_models()
    messages = [{"role": "system", "content": "You are a friendly chatbot."}, {"role": "user", "content": "Hello, world!"}]
    client.ai.openai.chat.create_completion(messages=messages, model="meta-llama/Meta-Llama-3.1-8B-Instruct", temperature=0.1)
    client.ai.openai.embeddings.list_embedding_models()
    client.ai.openai.embeddings.create_embeddings(input="The quick brown fox", model="thenlper/gte-large")
    client.ai.summarize(bucket="manuals", filename="start.pdf")
    client.ai.audio.transcribe(
        model="distil-whisper/distil-large-v2", file=("hello.wav", b"RIFF\x24\x00\x00\x00WAVE", "audio/wav")
    )


@chain("ai-integrations")
def ai_integrations(client: Client) -> None:
    """Integrations."""
    client.ai.integrations.list()
    client.ai.integrations.connections.list()
    client.refused(404, lambda: client.ai.integrations.retrieve(NOBODY))


@chain("ai-mcp-servers")
def ai_mcp_servers(client: Client) -> None:
    """MCP Servers."""
    server = client.ai.mcp_servers.create(name="Tools", type="http", url="https://example.com/mcp", allowed_tools=["search"])
    client.ai.mcp_servers.list(page_number=1, page_size=20, type="http")
    client.ai.mcp_servers.retrieve(server.id)
    client.ai.mcp_servers.update(server.id, name="More tools")
    client.ai.mcp_servers.delete(server.id)
    client.refused(404, lambda: client.ai.mcp_servers.retrieve(server.id))


@chain("ai-missions")
def ai_missions(client: Client) -> None:
    """Missions, their runs, plans and events."""
    mission = client.ai.missions.create(name="Survey", description="Call and ask", execution_mode="managed").data
    client.ai.missions.list(page_number=1, page_size=20)
    client.ai.missions.retrieve(mission.mission_id)
    client.ai.missions.update_mission(mission.mission_id, name="Short survey")
    run = client.ai.missions.runs.create(mission.mission_id, input={"language": "en"}).data
    client.ai.missions.runs.list(mission.mission_id, page_number=1, page_size=20)
    client.ai.missions.runs.retrieve(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.update(run.run_id, mission_id=mission.mission_id, result_summary="Half way")
    steps = [{"description": "Dial", "sequence": 1, "step_id": "dial"}]
    client.ai.missions.runs.plan.create(run.run_id, mission_id=mission.mission_id, steps=steps)
    client.ai.missions.runs.plan.retrieve(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.events.log(run.run_id, mission_id=mission.mission_id, summary="Dialled", type="status_change")
    client.ai.missions.runs.events.list(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.pause_run(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.resume_run(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.cancel_run(run.run_id, mission_id=mission.mission_id)
    client.ai.missions.runs.list_runs()
    client.ai.missions.list_events()
    client.ai.missions.delete_mission(mission.mission_id)


@chain("authentication-providers")
def authentication_providers(client: Client) -> None:
    """Authentication Providers."""
    settings = {"idp_cert_fingerprint": "13:38:C7:BB:C9:FF:4A:70:38:3A:E3:D9:5C:CD:DB:2E:50:1E:80:A7", "idp_entity_id": "https://idp.example.com/saml",
                "idp_sso_target_url": "https://idp.example.com/trust/saml2"}  # fmt: skip
    provider = client.authentication_providers.create(name="Okta", settings=settings, short_name="myorg").data
    client.authentication_providers.list(page_number=1, page_size=20, sort="name")
    client.authentication_providers.retrieve(provider.id)
    client.authentication_providers.update(provider.id, active=False)
    client.authentication_providers.delete(provider.id)
    client.refused(404, lambda: client.authentication_providers.retrieve(provider.id))


@chain("billing")
def billing(client: Client) -> None:
    """Billing, Billing Groups, charges."""
    client.balance.retrieve()
    group = client.billing_groups.create(name="Sales").data
    client.billing_groups.list(page_number=1, page_size=20)
    client.billing_groups.retrieve(group.id)
    client.billing_groups.update(group.id, name="Sales and support")
    client.billing_groups.delete(group.id)
    client.refused(404, lambda: client.billing_groups.retrieve(group.id))
    client.charges_summary.retrieve(start_date="2025-05-01", end_date="2025-06-01")
    client.charges_breakdown.retrieve(start_date="2025-05-01", end_date="2025-06-01")


@chain("billing-pages")
def billing_pages(client: Client) -> None:
    """Billing Groups over a list: its order, its pages and its length."""
    groups = [client.billing_groups.create(name=name).data for name in ("Sales", "Support", "Fleet", "Labs", "Press", "Legal")]
    client.billing_groups.list()
    client.billing_groups.list(page_number=1, page_size=4)
    client.billing_groups.list(page_number=2, page_size=4)
    for group in groups:
        client.billing_groups.delete(group.id)
    client.billing_groups.list()


@chain("bundles")
def bundles(client: Client) -> None:
    """Bundles, User Bundles."""
    client.bundle_pricing.billing_bundles.list(page_number=1, page_size=20)
    client.bundle_pricing.user_bundles.create(
        items=[{"billing_bundle_id": "12ade33a-21c0-473b-b055-b3c836e1c292", "quantity": 1}]
    )
    client.bundle_pricing.user_bundles.list(page_number=1, page_size=20)
    client.bundle_pricing.user_bundles.list_unused()


@chain("call-control")
def call_control(client: Client) -> None:
    """Call Control Applications, Call Commands, Call Information, Connections."""
    application = client.call_control_applications.create(
        application_name="Router", webhook_event_url="https://example.com/calls"
    ).data
    client.call_control_applications.list(
        filter={"application_name": {"contains": "Router"}}, page_number=1, page_size=20, sort="connection_name"
    )
    client.call_control_applications.retrieve(application.id)
    client.call_control_applications.update(
        application.id, application_name="Call router", webhook_event_url="https://example.com/calls"
    )
    call = client.calls.dial(connection_id=application.id, from_=FROM, to=TO, timeout_secs=30).data.call_control_id
    client.calls.retrieve_status(call)
    client.calls.actions.speak(call, payload="Hello", voice="female", language="en-US")
    client.calls.actions.gather(call, maximum_digits=4, timeout_millis=60000)
    client.calls.actions.stop_gather(call)
    client.calls.actions.start_playback(call, audio_url="https://example.com/hello.wav")
    client.calls.actions.stop_playback(call, stop="all")
    client.calls.actions.start_recording(call, channels="single", format="wav")
    client.calls.actions.pause_recording(call)
    client.calls.actions.resume_recording(call)
    client.calls.actions.stop_recording(call)
    client.calls.actions.send_dtmf(call, digits="1www2WABCDw9")
    client.calls.actions.update_client_state(call, client_state="aGF2ZSBhIG5pY2UgZGF5ID1d")
    client.calls.actions.transfer(call, to="+13125550123")
    client.calls.actions.hangup(call)
    client.connections.list(filter={"outbound_voice_profile_id": "1293384261075731499"}, page_number=1, page_size=20)
    client.call_control_applications.delete(application.id)
    client.call_events.list(page_number=1, page_size=20)


@chain("call-reasons")
def call_reasons(client: Client) -> None:
    """Reference Data."""
    client.call_reasons.list(page_number=1, page_size=20)
    client.call_reasons.validate(body=["appointment confirmation"])


@chain("comments")
def comments(client: Client) -> None:
    """Phone Number Orders."""
    comment = client.comments.create(
        body="Hi there", comment_record_id="8ffb3622-7c6b-4ccc-b65f-7a3dc0099576", comment_record_type="sub_number_order"
    ).data
    client.comments.list(
        filter={"comment_record_type": "sub_number_order", "comment_record_id": "8ffb3622-7c6b-4ccc-b65f-7a3dc0099576"}
    )
    client.comments.retrieve(comment.id)
    client.comments.mark_as_read(comment.id)


@chain("conferences")
def conferences(client: Client) -> None:
    """Conference Commands."""
    leg = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
    conference = client.conferences.create(call_control_id=leg, name="Stand-up", beep_enabled="always").data
    client.conferences.list(filter={"name": "Stand-up"}, page_number=1, page_size=20)
    client.conferences.retrieve(conference.id)
    client.conferences.actions.join(conference.id, call_control_id=leg)
    client.conferences.list_participants(conference.id, page_number=1, page_size=20)
    client.conferences.actions.mute(conference.id, call_control_ids=[leg])
    client.conferences.actions.unmute(conference.id, call_control_ids=[leg])
    client.conferences.actions.hold(conference.id, audio_url="https://example.com/hold.wav")
    client.conferences.actions.unhold(conference.id, call_control_ids=[leg])
    client.conferences.actions.speak(conference.id, payload="Welcome", voice="female")
    client.conferences.actions.record_start(conference.id, format="mp3")
    client.conferences.actions.record_stop(conference.id)
    client.conferences.actions.leave(conference.id, call_control_id=leg)
    client.conferences.actions.end_conference(conference.id)


@chain("country-coverage")
def country_coverage(client: Client) -> None:
    """Country Coverage."""
    client.country_coverage.retrieve()
    client.country_coverage.retrieve_country("US")


@chain("credential-connections")
def credential_connections(client: Client) -> None:
    """Credential Connections, Call Recordings."""
    connection = client.credential_connections.create(
        connection_name="Desk phone", user_name="desk1234", password="my123secure456password789"
    ).data
    client.credential_connections.list(filter={"connection_name": {"contains": "Desk"}}, page_number=1, page_size=20)
    client.credential_connections.retrieve(connection.id)
    client.credential_connections.update(connection.id, active=False)
    client.credential_connections.actions.check_registration_status(connection.id)
    storage = {
        "backend": "s3",
        "bucket": "recordings",
        "region": "us-east-1",
        "aws_access_key_id": "example-key-id",
        "aws_secret_access_key": "not-a-real-key",
    }
    client.custom_storage_credentials.create(connection.id, backend="s3", configuration=storage)
    client.custom_storage_credentials.retrieve(connection.id)
    client.custom_storage_credentials.update(connection.id, backend="s3", configuration={**storage, "bucket": "archive"})
    client.custom_storage_credentials.delete(connection.id)
    client.credential_connections.delete(connection.id)
    client.refused(404, lambda: client.credential_connections.retrieve(connection.id))


@chain("customer-service-records")
def customer_service_records(client: Client) -> None:
    """Customer Service Record."""
    client.customer_service_records.verify_phone_number_coverage(phone_numbers=["+12125550100"])
    record = client.customer_service_records.create(phone_number="+12125550100").data
    client.customer_service_records.list(page_number=1, page_size=20)
    client.customer_service_records.retrieve(record.id)


@chain("messaging-10dlc")
def messaging_10dlc(client: Client) -> None:
    """Brands, Campaign, Phone Number Campaigns, Shared Campaigns, Bulk Phone Number Campaigns, Enum."""
    dlc = client.messaging_10dlc
    dlc.get_enum("mno")
    brand = dlc.brand.create(country="US", display_name="ABC Mobile", email="desk@example.com", entity_type="PRIVATE_PROFIT",
                             vertical="TECHNOLOGY", company_name="ABC Inc.", ein="111111111")  # fmt: skip
    dlc.brand.list(page=1, records_per_page=10, sort="-displayName")
    dlc.brand.retrieve(brand.brand_id)
    dlc.brand.update(
        brand.brand_id,
        country="US",
        display_name="ABC Phones",
        email="desk@example.com",
        entity_type="PRIVATE_PROFIT",
        vertical="TECHNOLOGY",
    )
    dlc.brand.get_feedback(brand.brand_id)
    dlc.brand.external_vetting.order(brand.brand_id, evp_id="AEGIS", vetting_class="STANDARD")
    dlc.brand.external_vetting.list(brand.brand_id)
    campaign = dlc.campaign_builder.submit(
        brand_id=brand.brand_id, description="Two-factor codes", usecase="2FA", sample1="Your code is 123456"
    )
    dlc.campaign.list(brand_id=brand.brand_id, page=1, records_per_page=10)
    dlc.campaign.retrieve(campaign.campaign_id)
    dlc.campaign.update(campaign.campaign_id, auto_renewal=True)
    dlc.campaign.get_operation_status(campaign.campaign_id)
    dlc.campaign.usecase.get_cost(usecase="2FA")
    assigned = dlc.phone_number_campaigns.create(campaign_id=campaign.campaign_id, phone_number=FROM)
    dlc.phone_number_campaigns.list(page=1, records_per_page=20)
    dlc.phone_number_campaigns.retrieve(assigned.phone_number)
    dlc.phone_number_campaigns.delete(assigned.phone_number)
    task = dlc.phone_number_assignment_by_profile.assign(
        messaging_profile_id="4001767e-ce0f-4cae-9d5f-0d5e636e7809", campaign_id=campaign.campaign_id
    ).task_id
    dlc.phone_number_assignment_by_profile.retrieve_status(task)
    dlc.partner_campaigns.list(page=1, records_per_page=10)
    dlc.partner_campaigns.list_shared_by_me(page=1, records_per_page=10)
    dlc.campaign.deactivate(campaign.campaign_id)
    dlc.brand.delete(brand.brand_id)


@chain("number-search")
def number_search(client: Client) -> None:
    """Phone Number Search."""
    client.available_phone_numbers.list(
        filter={"country_code": "US", "features": ["sms"], "limit": 5, "phone_number": {"starts_with": "312"}}
    )
    client.available_phone_number_blocks.list(filter={"country_code": "US", "phone_number_type": "local"})


@chain("oauth-discovery")
def oauth_discovery(client: Client) -> None:
    """OAuth Discovery: served from the origin, without the base path."""
    origin = client.at("https://api.telnyx.com")
    origin.well_known.retrieve_authorization_server_metadata()
    origin.well_known.retrieve_protected_resource_metadata()


@chain("sender-ids")
def sender_ids(client: Client) -> None:
    """Messaging."""
    sender = client.alphanumeric_sender_ids.create(
        alphanumeric_sender_id="MyCompany", messaging_profile_id="12345678-1234-1234-1234-123456789012"
    ).data
    client.alphanumeric_sender_ids.list(page_number=1, page_size=20)
    client.alphanumeric_sender_ids.retrieve(sender.id)
    client.alphanumeric_sender_ids.delete(sender.id)


@chain("sim-cards")
def sim_cards(client: Client) -> None:
    """SIM Cards, SIM Card Actions."""
    client.actions.purchase.create(amount=2, tags=["personal"])
    client.actions.register.create(registration_codes=["0000000001", "0000000002"], status="standby")
    client.bulk_sim_card_actions.list(filter_action_type="bulk_set_public_ips", page_number=1, page_size=20)
    client.refused(404, lambda: client.bulk_sim_card_actions.retrieve(NOBODY))


@chain("account")
def account(client: Client) -> None:
    """Audit Logs, Voice Channels."""
    client.audit_events.list(
        filter={"created_after": "2021-06-22T00:00:00Z", "created_before": "2021-06-23T00:00:00Z"},
        page_number=1,
        page_size=20,
        sort="desc",
    )
    client.channel_zones.list(page_number=1, page_size=20)
