"""The body of a remote write, byte by byte."""

from resilience.rehearsal.virtual.remote_write import write_request


def test_labels_are_sorted_and_a_sample_has_its_value_and_its_time_in_milliseconds() -> None:
    found = write_request([(("x", (("Z", "b"),)), [None, 1.5])], begin=0.5)

    sample = b"\x12\x0d\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\xd4\xd8\x03"
    labels = b"\x0a\x06\x0a\x01Z\x12\x01b" + b"\x0a\x0d\x0a\x08__name__\x12\x01x"
    content = b"\x0a\x26" + labels + sample
    assert found == bytes([len(content), 63 << 2, len(content) - 1, 0, 0, 0]) + content
