"""Flows: the story of the data, one file per flow.

================= ============================================================
daily_post        all of it in one run: from the queue to the channels
write_prompts     a language model thinks of pictures for your themes
review_posts      a person sees what waits for a yes, and approves, edits or rejects
write_articles    topics become articles with their pictures, ready to be published
generate_media    prompts become pictures that wait to be published
publish_due       each channel sends the oldest post that is due, in its own hours
recover           settles what a dead run left, redelivers the audit
refresh_tokens    renews the tokens of channels before they die
sync_library      pictures in the store become posts, and are missed when gone
watch_queue       looks for what only a person can mend, and lets them know
notify            tells a person what Prefect has noticed
prune             what is older than its setting goes: pictures and events of finished posts
check_connections asks every configured service whether it would work
================= ============================================================

Each runs from its deployment, from the Prefect UI, and as `python -m flows.<file> --limit 3`.
"""
