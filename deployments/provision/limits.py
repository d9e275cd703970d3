"""How often each generator is asked, over all workers: global concurrency limits."""

from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient

from deployments.provision.change import Change, Verdict
from promptpress.settings import Settings
from promptpress.wiring.makers import GENERATORS
from tasks.turns import Rate, limit_of

PAGE = 200


def provide_limits(client: SyncPrefectClient, settings: Settings) -> Iterator[Change]:
    """Make a limit for each of GENERATOR_RATES, and remove those of generators that left it.

    A limit of another name than ours, such as those that Prefect keeps for deployments, is not
    looked at. Who is waiting at a limit goes on by the new one.
    """
    wanted = {limit_of(name): Rate(number) for name, number in settings.generator_rates.items()}
    there = {one.name: one for one in client.read_global_concurrency_limits(limit=PAGE)}
    for name, rate in wanted.items():
        found = there.get(name)
        thing = f"limit {name}: {rate.a_minute} a minute"
        if found and (found.limit, found.slot_decay_per_second) == (rate.burst, rate.decay):
            yield Change(Verdict.AS_IT_WAS, thing)
            continue
        client.upsert_global_concurrency_limit_by_name(
            name, limit=rate.burst, slot_decay_per_second=rate.decay
        )
        yield Change(Verdict.CHANGED if found else Verdict.MADE, thing)
    ours = {limit_of(name) for name in GENERATORS}
    for name in sorted((ours & there.keys()) - wanted.keys()):
        client.delete_global_concurrency_limit_by_name(name)
        yield Change(Verdict.REMOVED, f"limit {name}")
