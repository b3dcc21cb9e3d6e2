"""Consumers with nats.py."""

import asyncio
import time

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from server import JETSTREAM, Server, ignore, restart, until


async def redelivery():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        await js.add_stream(name="WORK", subjects=["work"])
        await js.publish("work", b"job")
        pull = await js.pull_subscribe("work", "worker")
        (message,) = await pull.fetch(1, timeout=5)
        await message.nak()
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.num_delivered == 2
        await message.term()
        await nc.flush()
        info = await pull.consumer_info()
        assert (info.num_pending, info.num_ack_pending) == (0, 0), info
        await nc.close()


async def connected(server, count, subject="s"):
    """A client, JetStream, and a stream with so many messages."""
    nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
    js = nc.jetstream()
    await js.add_stream(name="S", subjects=[f"{subject}.>", subject])
    for number in range(count):
        await js.publish(subject, str(number).encode())
    return nc, js


async def kinds_of_acknowledgements():
    with Server(JETSTREAM) as server:
        nc, js = await connected(server, 1)
        pull = await js.pull_subscribe(
            "s", "d", config=ConsumerConfig(ack_wait=1, max_deliver=4, ack_policy=AckPolicy.EXPLICIT)
        )
        (message,) = await pull.fetch(1, timeout=5)
        began = time.monotonic()
        await message.nak(delay=0.5)
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.num_delivered == 2 and time.monotonic() - began > 0.45
        began = time.monotonic()
        # Still at it, which puts the second that it has off.
        for _ in range(4):
            await asyncio.sleep(0.4)
            await message.in_progress()
            await nc.flush()
        assert (await pull.consumer_info()).num_redelivered == 1
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.num_delivered == 3 and time.monotonic() - began > 2.5
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.num_delivered == 4
        try:
            await pull.fetch(1, timeout=1.5)
            raise AssertionError("it was delivered as often as it may be")
        except nats.errors.TimeoutError:
            pass
        await nc.close()


async def push_consumers():
    with Server(JETSTREAM) as server:
        nc, js = await connected(server, 20)
        durable = await js.subscribe("s", durable="push", manual_ack=True)
        seen = []
        for _ in range(20):
            message = await durable.next_msg(5)
            seen.append(message.data)
            await message.ack_sync(5)
        assert seen == [str(number).encode() for number in range(20)]
        info = await durable.consumer_info()
        assert (info.ack_floor.stream_seq, info.push_bound) == (20, True), info
        counts = {"a": 0, "b": 0}
        members = []
        for member in counts:

            async def count(_, member=member):
                counts[member] += 1

            members.append(await js.subscribe("s", queue="q", cb=count))

        async def all_have_come():
            return sum(counts.values()) == 60

        for _ in range(40):
            await js.publish("s", b"more")
        await until("the group gets all", all_have_come)
        assert min(counts.values()) > 5, counts
        only_headers = await js.subscribe(
            "s", headers_only=True, deliver_policy=DeliverPolicy.LAST, ordered_consumer=False
        )
        message = await only_headers.next_msg(5)
        assert (message.data, message.headers["Nats-Msg-Size"]) == (b"", "4"), message
        await nc.close()


async def ordered_consumer_over_a_restart():
    with Server(JETSTREAM) as server:
        nc, js = await connected(server, 500)
        # Heartbeats tell that the consumer, which is kept in memory, is gone.
        ordered = await js.subscribe(
            "s", ordered_consumer=True, config=ConsumerConfig(idle_heartbeat=1)
        )
        seen = [(await ordered.next_msg(5)).data for _ in range(500)]
        await restart(server, nc)
        for number in range(500, 700):
            await js.publish("s", str(number).encode())
        seen += [(await ordered.next_msg(20)).data for _ in range(200)]
        assert seen == [str(number).encode() for number in range(700)]
        await nc.close()


async def pull_over_a_restart():
    with Server(JETSTREAM) as server:
        nc, js = await connected(server, 100)
        config = ConsumerConfig(ack_wait=1)
        pull = await js.pull_subscribe("s", "d", config=config)
        acknowledged, seen = set(), []
        for message in await pull.fetch(50, timeout=5):
            if message.metadata.sequence.stream % 2:
                await message.ack_sync(5)
                acknowledged.add(message.metadata.sequence.stream)
        await restart(server, nc)
        while len(seen) < 75:
            for message in await pull.fetch(25, timeout=10):
                seen.append(message.metadata.sequence.stream)
                await message.ack_sync(5)
        assert not acknowledged.intersection(seen)
        assert sorted(seen) == [n for n in range(1, 101) if n not in acknowledged]
        info = await pull.consumer_info()
        assert (info.num_pending, info.num_ack_pending) == (0, 0), info
        await nc.close()


async def consumer_management():
    with Server(JETSTREAM) as server:
        nc, js = await connected(server, 10)
        await js.add_consumer("S", durable_name="a", ack_policy=AckPolicy.EXPLICIT)
        config = ConsumerConfig(name="b", ack_policy=AckPolicy.ALL, inactive_threshold=0.5)
        await js.add_consumer("S", config)
        assert [info.name for info in await js.consumers_info("S")] == ["a", "b"]

        async def is_gone():
            try:
                await js.consumer_info("S", "b")
                return False
            except NotFoundError:
                return True

        await until("a consumer that nobody uses goes", is_gone)
        config = ConsumerConfig(durable_name="a", ack_policy=AckPolicy.EXPLICIT, description="new")
        await js.add_consumer("S", config)
        assert (await js.consumer_info("S", "a")).config.description == "new"
        paused = await js.pause_consumer("S", "a", "2100-01-01T00:00:00Z")
        assert paused.paused
        pull = await js.pull_subscribe_bind("a", "S")
        try:
            await pull.fetch(1, timeout=0.5)
            raise AssertionError("the consumer is paused")
        except nats.errors.TimeoutError:
            pass
        assert not (await js.resume_consumer("S", "a")).paused
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.sequence.stream == 1
        await js.reset_consumer("S", "a", seq=5)
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.sequence.stream == 5
        for policy, expected in (
            (DeliverPolicy.NEW, 11),
            (DeliverPolicy.LAST, 11),
            (DeliverPolicy.BY_START_SEQUENCE, 3),
        ):
            start = 3 if policy == DeliverPolicy.BY_START_SEQUENCE else None
            config = ConsumerConfig(deliver_policy=policy, opt_start_seq=start)
            pull = await js.pull_subscribe("s", config=config)
            if policy == DeliverPolicy.NEW:
                await js.publish("s", b"new")
            (message,) = await pull.fetch(1, timeout=5)
            assert message.metadata.sequence.stream == expected, (policy, message.metadata)
        assert await js.delete_consumer("S", "a")
        await nc.close()


CHECKS = [
    redelivery,
    kinds_of_acknowledgements,
    push_consumers,
    ordered_consumer_over_a_restart,
    pull_over_a_restart,
    consumer_management,
]
