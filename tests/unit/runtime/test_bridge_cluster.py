"""Joining a cluster: what can be said without one."""

import socket

import pytest

from orchestrator.runtime.bridge_cluster import NotJoined, address_towards


def test_our_address_is_the_one_that_reaches_the_head() -> None:
    with socket.create_server(("127.0.0.1", 0)) as head:
        assert address_towards(f"127.0.0.1:{head.getsockname()[1]}") == "127.0.0.1"


def test_a_head_that_is_not_there_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as head:
        port = head.getsockname()[1]
    with pytest.raises(NotJoined, match=f"127.0.0.1:{port} does not answer"):
        address_towards(f"127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["head", "ray://head:10001x", ":6379"])
def test_an_address_without_host_and_port_is_refused(address: str) -> None:
    with pytest.raises(NotJoined, match="HOST:PORT"):
        address_towards(address)
