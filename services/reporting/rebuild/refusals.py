"""Why a rebuild or a switch is refused: a code, and a sentence in both languages that says how to mend it."""

SENTENCES = {
    "rebuild_under_way": (
        "Pembangunan ulang atau peralihan lain sedang berjalan pada basis data ini. Tunggu sampai selesai.",
        "Another rebuild or switch is under way on this database. Wait until it has ended.",
    ),
    "migration_under_way": (
        "Migrasi sedang berjalan pada basis data ini. Ulangi perintah ini bila sudah selesai.",
        "A migration is under way on this database. Repeat the command when it has ended.",
    ),
    "ready_already": (
        (
            "Satu skema sudah siap di samping yang aktif. Alihkan dengan `payung rebuild switch`, atau hapus dengan"
            " `payung rebuild drop`."
        ),
        (
            "One schema stands ready beside the active one already. Switch to it by `payung rebuild switch`, or drop it"
            " by `payung rebuild drop`."
        ),
    ),
    "before_kept": (
        (
            "Skema yang sebelumnya aktif masih disimpan. Kembali kepadanya dengan `payung rebuild back`, atau hapus"
            " dengan `payung rebuild drop`, lalu bangun lagi."
        ),
        (
            "The schema that was active before is still kept. Go back to it by `payung rebuild back`, or drop it by"
            " `payung rebuild drop`, then rebuild."
        ),
    ),
    "other_shape": (
        (
            "Bentuk tabel atau aturan berubah sejak satu skema di samping yang aktif dibuat; skema itu tidak dapat"
            " dipakai lagi. Hapus dengan `payung rebuild drop`, lalu bangun lagi."
        ),
        (
            "Tables or rules have changed since a schema beside the active one was made; it cannot be used any more."
            " Drop it by `payung rebuild drop`, then rebuild."
        ),
    ),
    "too_many_parked": (
        (
            "Terlalu banyak kunci tertahan yang tidak tertahan pada skema aktif: ini kesalahan rilis, bukan data. Hapus"
            " dengan `payung rebuild drop` dan perbaiki rilisnya."
        ),
        (
            "Too many keys were set aside that the active schema has not set aside: that is a fault of the release, not"
            " of the data. Drop it by `payung rebuild drop`, and mend the release."
        ),
    ),
    "key_on_two_partitions": (
        (
            "Fakta dengan satu kunci ada di dua partisi, sehingga urutannya tidak diketahui: log melanggar kontrak."
            " Periksa siapa yang menulisnya; pembangunan ulang tidak dapat dilakukan dari log ini."
        ),
        (
            "Facts of one key stand on two partitions, so that nobody knows their order: the log breaks the contracts."
            " See who wrote them; nothing can be rebuilt from this log."
        ),
    ),
    "ahead_of_running": (
        (
            "Skema baru sudah membaca lebih jauh daripada yang aktif, sehingga tidak dapat dibandingkan. Jalankan"
            " pembaca, lalu ulangi perintah ini."
        ),
        (
            "The new schema has read further than the active one, so that they cannot be compared. Let the reader run,"
            " then repeat this command."
        ),
    ),
    "nothing_ready": (
        "Tidak ada skema yang siap. Jalankan `payung rebuild` lebih dahulu.",
        "No schema stands ready. Run `payung rebuild` first.",
    ),
    "nothing_before": (
        "Tidak ada skema yang pernah aktif sebelumnya dan masih ada.",
        "No schema that was active before is left to go back to.",
    ),
    "nothing_to_drop": (
        "Tidak ada skema di samping yang aktif.",
        "There is no schema beside the active one.",
    ),
    "lags_behind": (
        (
            "Skema itu tertinggal dari yang aktif dan tidak menyusul dalam batas waktu. Periksa apakah pembacanya"
            " berjalan, lalu ulangi."
        ),
        (
            "That schema lags behind the active one and did not catch up in time. See that its reader runs, then try"
            " again."
        ),
    ),
    "still_shown": (
        (
            "Tampilan SQL di `bi` masih membaca skema itu. Ulangi `payung rebuild switch` bila laporan panjang sudah"
            " selesai."
        ),
        "Views of `bi` still read from that schema. Repeat `payung rebuild switch` when long reports have ended.",
    ),
    "worker_ended": (
        "Proses pembaca berhenti. Ulangi perintah ini; yang sudah selesai tetap tersimpan.",
        "A reading process ended. Repeat the command; what was done is kept.",
    ),
}


class Refused(Exception):
    """It is not done, and why; nothing was changed but what is said."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        self.indonesian, self.english = SENTENCES[code]
        super().__init__(f"{self.english} {detail}".strip())
