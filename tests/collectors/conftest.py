"""Servers that only the collectors' tests need."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NGINX = r"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 32m;
    map $arg_bucket $d {{ "~*^(?<a>.+?)(?:/|%2F)" $a; default $arg_bucket; }}
    map $arg_precision $p {{ us u; "" n; ns n; default $arg_precision; }}
    map $http_authorization $a1 {{ "~^Token (?<tu>[^:]+):(?<tp>.+)$" "&u=$tu&p=$tp"; default ""; }}
    map $http_authorization $fa {{ "~^Token " ""; default $http_authorization; }}
    server {{
        listen 127.0.0.1:{port};
        location = /api/v2/write {{
            rewrite ^ /write?db=$d&precision=$p$a1? break;
            proxy_set_header Authorization $fa;
            proxy_pass {upstream};
        }}
        location = /query {{
            proxy_set_header Authorization $fa;
            proxy_pass {upstream};
        }}
        location = /ping {{ proxy_pass {upstream}; }}
    }}
}}
"""
"""The 1.8 compatibility path in front of 1.6: enough of the v2 API for influxdb-client to write and to query."""


@pytest.fixture
def nginx_v2(
    influxd: Any, os_program: Callable[[str], str], unused_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Store URL of the test's influxd behind the v2 API."""
    folder: Path = tmp_path_factory.mktemp("nginx")
    port = unused_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, upstream=influxd.base_url))
    with subprocess.Popen([os_program("nginx"), "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/ping")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield f"influx2://127.0.0.1:{port}/city/wifi"
        finally:
            process.terminate()
