"""The figures that a service shows about its own plumbing, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

FACTS_READ = Counter("payung_facts_read_total", "Facts by outcome of reading them", ["topic", "outcome"])
READER_ALARMS = Counter("payung_reader_alarms_total", "Signs that facts were lost, reordered or forged", ["reason"])
READER_LAG = Gauge(
    "payung_reader_lag_facts", "Facts on Kafka that this process has not applied yet", ["reader", "topic"]
)
READER_BATCH = Histogram("payung_reader_batch_seconds", "Time to apply one batch")
DOCUMENTS_DAMAGED = Counter(
    "payung_documents_damaged_total", "Times a document was passed by that its key does not open"
)
PARKED_KEYS = Gauge("payung_parked_keys", "Keys whose facts wait for a person", ["reader"])
FACTS_SENT = Counter("payung_facts_sent_total", "Facts that the relay has sent", ["topic"])
RELAY_ALARMS = Counter("payung_relay_alarms_total", "Signs that this database and Kafka disagree", ["reason"])
RELAY_HALTED = Gauge("payung_relay_halted", "1 while the relay has stopped and commands are refused")
RELAY_BACKLOG = Gauge("payung_relay_backlog_facts", "Facts committed and not yet sent")


def forget(reader: str) -> None:
    """Show no more how far a reader is that has ended; a schema that was dropped would lag for ever."""
    for figure in (READER_LAG, PARKED_KEYS):
        figure.remove_by_labels({"reader": reader})
