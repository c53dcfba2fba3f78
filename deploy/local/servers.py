"""The servers of the native set, as one list of names for those who start, stop and break them."""

from deploy.local.databases import create_databases
from deploy.local.kafka import (
    kafka_log,
    kill_kafka,
    running_kafka,
    start_kafka,
    stop_kafka,
)
from deploy.local.postgres import (
    admin_dsn,
    kill_postgres,
    postgres_log,
    remove_postgres,
    running_postgres,
    start_postgres,
    stop_postgres,
)
from deploy.local.processes import LocalError
from deploy.local.software import install

__all__ = [
    "LocalError",
    "admin_dsn",
    "create_databases",
    "install",
    "kafka_log",
    "kill_kafka",
    "kill_postgres",
    "postgres_log",
    "remove_postgres",
    "running_kafka",
    "running_postgres",
    "start_kafka",
    "start_postgres",
    "stop_kafka",
    "stop_postgres",
]
