"""S3 as store, over a whole server of moto's: what lies in the bucket is judged with boto3."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from promptpress.adapters.s3 import S3Store
from promptpress.errors import BadPicture, PermanentError
from tests.adapters.bucketing import PATIENT, SMALL, key_of, plant, put, sha, store_of
from tests.fakes.s3 import BUCKET, S3, refusal
from tests.fakes.server import Answer, Fault


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture
def s3(server: S3) -> S3:
    """A server of S3 with one empty bucket."""
    server.reset()
    return server


@pytest.fixture
def store(s3: S3) -> S3Store:
    return store_of(s3)


# --- put ---


@pytest.mark.parametrize(
    ("suffix", "mime"),
    [
        (".png", "image/png"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".webp", "image/webp"),
        (".gif", "image/gif"),
        (".mp4", "video/mp4"),
        (".zzz", "application/octet-stream"),
    ],
)
def test_an_object_says_what_it_is(suffix: str, mime: str, store: S3Store, s3: S3) -> None:
    """Its type and its hash stand beside its bytes: a platform that fetches it needs the type."""
    key = put(store, suffix=suffix)

    shown = s3.client().get_object(Bucket=BUCKET, Key=key)
    assert shown["Body"].read() == SMALL
    assert (shown["ContentType"], shown["Metadata"]) == (mime, {"sha256": sha()})


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [("", ""), ("art", "art/"), ("/art/2026/", "art/2026/"), ("Bilder für uns", "Bilder für uns/")],
)
def test_the_folder_comes_first(prefix: str, folder: str, s3: S3) -> None:
    """A key is folder, two digits, hash and suffix."""
    store = store_of(s3, prefix=prefix)

    key = put(store)

    assert key == folder + key_of()
    assert s3.objects() == {key: SMALL}
    assert store.get(key) == SMALL


def test_what_is_there_is_not_written_again(store: S3Store, s3: S3) -> None:
    """The server is asked to write new keys only, and then what lies there."""
    put(store)
    before = s3.client().head_object(Bucket=BUCKET, Key=key_of())["LastModified"]

    assert put(store) == key_of()
    assert s3.calls() == ["put", "put", "head"]
    assert s3.journal.accepted("put") == [f"/{BUCKET}/{key_of()}"]
    assert s3.client().head_object(Bucket=BUCKET, Key=key_of())["LastModified"] == before


def test_a_wrong_hash_never_reaches_the_server(store: S3Store, s3: S3) -> None:
    """Bytes under a name that is not theirs are refused here."""
    with pytest.raises(BadPicture):
        store.put(SMALL, "0" * 64, ".png")

    assert s3.calls() == []


@pytest.mark.parametrize("suffix", ["", ".", "../../x", ".PNG", ".a b", ".toolonganame"])
def test_a_suffix_cannot_leave_the_name(suffix: str, store: S3Store, s3: S3) -> None:
    """What is no plain suffix is refused before anything is sent."""
    with pytest.raises(BadPicture):
        store.put(SMALL, sha(), suffix)

    assert s3.calls() == []


def test_a_video_of_many_bytes_goes_whole(store: S3Store, s3: S3) -> None:
    """Twenty million bytes go up and come back, in one piece each."""
    video = bytes(range(256)) * 80_000

    assert store.get(put(store, video, ".mp4")) == video
    assert s3.calls() == ["put", "get"]


@pytest.mark.parametrize(
    "there",
    [
        pytest.param((SMALL + b"!", {}), id="longer"),
        pytest.param((SMALL[::-1], {}), id="as long, and without a note"),
        pytest.param((SMALL[::-1], {"sha256": "0" * 64}), id="as long, and with another note"),
    ],
)
def test_other_bytes_in_its_place_are_put_right(
    there: tuple[bytes, dict[str, str]], store: S3Store, s3: S3
) -> None:
    """A damaged object is replaced: a later reader would stumble over it."""
    plant(s3, there[0], key_of(), Metadata=there[1])

    put(store)

    assert s3.objects() == {key_of(): SMALL}


def test_the_same_bytes_of_another_program_are_taken(store: S3Store, s3: S3) -> None:
    """Without a note of their hash they are read and compared."""
    plant(s3, SMALL, key_of())

    put(store)

    assert s3.calls() == ["put", "head", "get"]
    assert s3.journal.accepted("put") == []


def test_a_server_that_overlooks_conditions_stores_the_same(store: S3Store, s3: S3) -> None:
    """Its second write brings the same bytes to the same place."""
    s3.ignores_conditions = True

    assert put(store) == put(store)
    assert s3.objects() == {key_of(): SMALL}


@pytest.mark.parametrize(
    "answer",
    [
        refusal(501, "NotImplemented", "A header you provided implies functionality"),
        refusal(400, "InvalidArgument", "If-None-Match"),
        Answer(501, b""),
    ],
    ids=["501", "400", "501 without a word"],
)
def test_a_server_that_knows_no_conditions_is_asked_first(
    answer: Answer, store: S3Store, s3: S3
) -> None:
    """It is remembered: the condition is sent once and never again."""
    s3.refuses_conditions = answer
    other = SMALL + b"!"

    put(store)
    put(store, other)

    assert s3.objects() == {key_of(): SMALL, key_of(other): other}
    assert s3.calls() == ["put", "head", "put", "put"]


def test_such_a_server_keeps_what_it_has(store: S3Store, s3: S3) -> None:
    """What is found by asking is not written again."""
    put(store)
    s3.refuses_conditions = refusal(501, "NotImplemented")

    put(store_of(s3))

    assert s3.calls() == ["put", "put", "head"]


def test_a_server_that_keeps_no_notes_is_read(store: S3Store, s3: S3) -> None:
    """The bytes themselves decide."""
    s3.keeps_no_notes = True

    assert put(store) == put(store)
    assert s3.calls() == ["put", "put", "head", "get"]


def test_two_writers_at_the_same_moment_are_one(store: S3Store, s3: S3) -> None:
    """Where the server turns one of them away, the other's bytes are there."""
    put(store)
    s3.fail("put", Fault("before", refusal(409, "ConditionalRequestConflict")))

    assert put(store) == key_of()


# --- get ---


def test_an_object_that_is_gone_is_gone_for_good(store: S3Store) -> None:
    """No repeat brings it back."""
    with pytest.raises(PermanentError, match="bring it back, or retry the post"):
        store.get(key_of())


@pytest.mark.parametrize(
    "ref", ["", "a", "ab/cd.png", "00/" + "1" * 64 + ".png", key_of()[:-4], "http://a/b.png"]
)
def test_no_reference_of_ours_is_never_asked_for(ref: str, store: S3Store, s3: S3) -> None:
    """The hash must stand in the name: without it nothing proves the bytes."""
    with pytest.raises(PermanentError, match="generate it anew"):
        store.get(ref)

    assert s3.calls() == []


def test_changed_bytes_are_never_handed_out(store: S3Store, s3: S3) -> None:
    """Whoever changed them, the hash in the name tells."""
    plant(s3, SMALL[::-1], key_of())

    with pytest.raises(PermanentError, match="changed or damaged"):
        store.get(key_of())


def test_an_object_too_large_is_not_read_to_its_end(s3: S3) -> None:
    """Nobody's mistake fills the memory."""
    store = store_of(s3, limits=replace(PATIENT, max_answer=100_000))
    plant(s3, bytes(200_000), key_of())

    with pytest.raises(PermanentError, match="larger than"):
        store.get(key_of())


def test_a_changed_folder_leaves_old_pictures_readable(s3: S3) -> None:
    """A reference is the whole key, so a new S3_PREFIX loses nothing."""
    ref = put(store_of(s3, prefix="old"))

    assert store_of(s3, prefix="new").get(ref) == SMALL


# --- threads ---


def test_many_threads_share_one_store(store: S3Store, s3: S3) -> None:
    """Twenty threads that put ten pictures store ten, and each reads what it put."""
    pictures = [SMALL + bytes([number]) for number in range(10)]
    read: list[bool] = []

    def work(picture: bytes) -> None:
        read.append(store.get(put(store, picture)) == picture)

    threads = [threading.Thread(target=work, args=(picture,)) for picture in pictures * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read == [True] * 20
    assert len(s3.journal.accepted("put")) == 10
    assert sorted(s3.objects()) == sorted(map(key_of, pictures))
