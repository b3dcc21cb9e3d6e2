"""Streams with nats.py."""

import asyncio

import nats
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamSource,
    SubjectTransform,
)
from nats.js.errors import APIError, BadRequestError, NotFoundError

from server import JETSTREAM, Server, ignore, restart, until


async def stream_and_pull_consumer():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        await js.add_stream(StreamConfig(name="ORDERS", subjects=["orders.>"]))
        for number in range(20):
            ack = await js.publish(f"orders.{number % 2}", str(number).encode())
            assert (ack.stream, ack.seq) == ("ORDERS", number + 1), ack
        first = await js.publish("orders.0", b"x", headers={"Nats-Msg-Id": "once"})
        again = await js.publish("orders.0", b"x", headers={"Nats-Msg-Id": "once"})
        assert not first.duplicate and again.duplicate and first.seq == again.seq
        config = ConsumerConfig(
            durable_name="even", filter_subject="orders.0", ack_policy=AckPolicy.EXPLICIT
        )
        await js.add_consumer("ORDERS", config)
        pull = await js.pull_subscribe_bind("even", "ORDERS")
        seen = []
        while len(seen) < 11:
            for message in await pull.fetch(4, timeout=5):
                assert message.metadata.num_delivered == 1
                seen.append(message.data)
                await message.ack_sync(5)
        assert seen == [str(number).encode() for number in range(0, 20, 2)] + [b"x"], seen
        try:
            await pull.fetch(1, timeout=0.3)
            raise AssertionError("there is nothing left")
        except nats.errors.TimeoutError:
            pass
        info = await pull.consumer_info()
        assert (info.num_pending, info.num_ack_pending) == (0, 0), info
        assert info.ack_floor.stream_seq == 21, info
        await restart(server, nc)
        state = (await js.stream_info("ORDERS")).state
        assert (state.messages, state.last_seq) == (21, 21), state
        assert (await js.get_msg("ORDERS", 3)).data == b"2"
        await js.purge_stream("ORDERS")
        assert (await js.stream_info("ORDERS")).state.messages == 0
        assert await js.delete_stream("ORDERS")
        try:
            await js.stream_info("ORDERS")
            raise AssertionError("the stream is deleted")
        except NotFoundError:
            pass
        await nc.close()


async def management():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        config = StreamConfig(
            name="LOG",
            subjects=["log.*"],
            max_msgs_per_subject=2,
            description="first",
            metadata={"owner": "me"},
        )
        made = await js.add_stream(config)
        assert made.config.description == "first" and made.config.metadata["owner"] == "me"
        # The same again is as well, something else is not.
        await js.add_stream(config)
        try:
            await js.add_stream(config.evolve(max_msgs=7))
            raise AssertionError("there is another stream of that name")
        except BadRequestError as error:
            assert error.err_code == 10058, error
        changed = await js.update_stream(config.evolve(subjects=["log.*", "more"], description="second"))
        assert changed.config.subjects == ["log.*", "more"]
        for number in range(9):
            await js.publish(f"log.{number % 3}", str(number).encode())
        state = (await js.stream_info("LOG", subjects_filter=">")).state
        assert (state.messages, state.first_seq, state.last_seq) == (6, 4, 9), state
        assert state.subjects == {"log.0": 2, "log.1": 2, "log.2": 2}, state
        assert await js.purge_stream("LOG", subject="log.0", keep=1)
        assert await js.purge_stream("LOG", seq=6)
        state = (await js.stream_info("LOG")).state
        assert (state.messages, state.first_seq) == (4, 6), state
        assert await js.delete_msg("LOG", 8)
        assert (await js.get_last_msg("LOG", "log.2")).seq == 9
        try:
            await js.get_msg("LOG", 8)
            raise AssertionError("the message is deleted")
        except NotFoundError as error:
            assert error.err_code == 10037, error
        await js.add_stream(name="OTHER", subjects=["other"])
        assert await js.find_stream_name_by_subject("other") == "OTHER"
        assert [info.config.name for info in await js.streams_info()] == ["LOG", "OTHER"]
        account = await js.account_info()
        assert account.streams == 2, account
        await restart(server, nc)
        info = await js.stream_info("LOG")
        assert info.config.description == "second" and info.state.messages == 3, info
        await nc.close()


async def limits():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        for storage in (StorageType.FILE, StorageType.MEMORY):
            name = f"L{storage.value}"
            await js.add_stream(
                name=name,
                subjects=[name],
                storage=storage,
                max_msgs=3,
                max_msg_size=100,
                discard=DiscardPolicy.NEW,
            )
            for _ in range(3):
                await js.publish(name, b"x")
            await refused(js.publish(name, b"x"), 10077)
            await js.update_stream(
                name=name, subjects=[name], storage=storage, max_msgs=3, max_msg_size=100
            )
            assert (await js.publish(name, b"x")).seq == 4
            assert (await js.stream_info(name)).state.first_seq == 2
            await refused(js.publish(name, b"x" * 101), 10054)
            await refused(
                js.publish(name, b"", headers={"Nats-Expected-Last-Sequence": "3"}), 10071
            )
            await js.publish(name, b"", headers={"Nats-Expected-Last-Sequence": "4"})
            await js.add_stream(name=name + "A", subjects=[name + "a"], storage=storage, max_age=0.3)
            await js.publish(name + "a", b"soon gone")
            await until(
                "old messages go", lambda: is_empty(js, name + "A")
            )
        await nc.close()


async def is_empty(js, name):
    return (await js.stream_info(name)).state.messages == 0


async def refused(request, err_code):
    try:
        await request
    except APIError as error:
        assert error.err_code == err_code, error
        return
    raise AssertionError(f"it should be refused with {err_code}")


async def origins():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        await js.add_stream(name="A", subjects=["a.*"])
        await js.add_stream(name="B", subjects=["b"])
        await js.add_stream(name="M", mirror=StreamSource(name="A"))
        transform = SubjectTransform(src="a.*", dest="from.a.{{wildcard(1)}}")
        await js.add_stream(
            name="S",
            sources=[StreamSource(name="A", subject_transforms=[transform]), StreamSource(name="B")],
        )
        for number in range(30):
            await js.publish(f"a.{number}", b"")
            await js.publish("b", b"")

        async def follow():
            mirror, both = await js.stream_info("M"), await js.stream_info("S")
            return (mirror.state.messages, both.state.messages) == (30, 60)

        await until("mirror and sources follow", follow)
        assert (await js.get_msg("M", 7)).subject == "a.6"
        assert (await js.get_last_msg("S", "from.a.29")).subject == "from.a.29"
        info = await js.stream_info("M")
        assert info.mirror.name == "A" and info.mirror.lag == 0, info.mirror
        await nc.close()


async def work_queue_and_interest():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        await js.add_stream(name="W", subjects=["w"], retention=RetentionPolicy.WORK_QUEUE)
        await js.add_stream(name="I", subjects=["i"], retention=RetentionPolicy.INTEREST)
        # Nobody is interested.
        await js.publish("i", b"")
        assert (await js.stream_info("I")).state.messages == 0
        pulls = [
            await js.pull_subscribe("w", "one"),
            await js.pull_subscribe("i", "first"),
            await js.pull_subscribe("i", "second"),
        ]
        for number in range(10):
            await js.publish("w", str(number).encode())
            await js.publish("i", str(number).encode())
        await refused(js.add_consumer("W", durable_name="two", ack_policy=AckPolicy.EXPLICIT), 10099)
        for pull, left in zip(pulls, ((0, 10), (0, 10), (0, 0))):
            for message in await pull.fetch(10, timeout=5):
                await message.ack_sync(5)
            held = [(await js.stream_info(name)).state.messages for name in ("W", "I")]
            assert tuple(held) == left, held
        await restart(server, nc)
        assert (await js.stream_info("W")).state.last_seq == 10
        assert (await js.publish("w", b"")).seq == 11
        await nc.close()


CHECKS = [stream_and_pull_consumer, management, limits, origins, work_queue_and_interest]
