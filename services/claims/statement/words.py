"""What a statement calls things, in Indonesian and in English."""

from typing import Literal

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")

Text = tuple[str, str]
"""The same in Indonesian and in English."""

PROGRAMMES: dict[str, Text] = {
    "JKM": ("Jaminan Kematian (JKM)", "Death benefit (JKM)"),
    "JKK": ("Jaminan Kecelakaan Kerja (JKK)", "Work accident benefit (JKK)"),
}
OUTCOMES: dict[str, Text] = {
    "approved": ("Disetujui", "Approved"),
    "partially_approved": ("Disetujui sebagian", "Approved in part"),
    "denied": ("Tidak disetujui", "Not approved"),
}
COMPONENTS: dict[str, Text] = {
    "SANTUNAN_KEMATIAN": ("Santunan kematian", "Death benefit"),
    "SANTUNAN_KEMATIAN_KECELAKAAN_KERJA": (
        "Santunan kematian karena kecelakaan kerja",
        "Benefit for a death caused by work",
    ),
    "SANTUNAN_BERKALA": ("Santunan berkala, dibayar sekaligus", "Periodic benefit, paid at once"),
    "BIAYA_PEMAKAMAN": ("Biaya pemakaman", "Funeral"),
    "BIAYA_PENGOBATAN": ("Biaya pengobatan dan perawatan", "Medical care"),
    "BIAYA_ANGKUTAN_DARAT": ("Biaya angkutan darat atau sungai", "Transport by land or river"),
    "BIAYA_ANGKUTAN_LAUT": ("Biaya angkutan laut", "Transport by sea"),
    "BIAYA_ANGKUTAN_UDARA": ("Biaya angkutan udara", "Transport by air"),
    "ORTOSIS_PROTESIS": ("Alat bantu atau pengganti anggota badan", "Orthosis or prosthesis"),
    "SANTUNAN_TIDAK_MAMPU_BEKERJA": (
        "Santunan selama tidak mampu bekerja",
        "Benefit for the time of inability to work",
    ),
    "SANTUNAN_CACAT_SEBAGIAN": ("Santunan cacat sebagian", "Benefit for partial disability"),
    "SANTUNAN_CACAT_TOTAL_TETAP": ("Santunan cacat total tetap", "Benefit for total permanent disability"),
    "BEASISWA": ("Beasiswa anak", "Scholarship of a child"),
    "BEASISWA_TK": ("Beasiswa TK", "Scholarship, kindergarten"),
    "BEASISWA_SD": ("Beasiswa SD", "Scholarship, primary school"),
    "BEASISWA_SMP": ("Beasiswa SMP", "Scholarship, lower secondary school"),
    "BEASISWA_SMA": ("Beasiswa SMA", "Scholarship, upper secondary school"),
    "BEASISWA_UNIVERSITY": ("Beasiswa perguruan tinggi atau pelatihan", "Scholarship, university or training"),
}
LEVELS: dict[str, Text] = {
    "TK": ("TK", "Kindergarten"),
    "SD": ("SD", "Primary school"),
    "SMP": ("SMP", "Lower secondary school"),
    "SMA": ("SMA", "Upper secondary school"),
    "UNIVERSITY": ("Perguruan tinggi atau pelatihan", "University or training"),
}
SEGMENTS: dict[str, Text] = {
    "PU": ("Pekerja penerima upah", "Wage earner"),
    "NON_ASN": ("Pegawai pemerintah non-ASN", "Government staff, not a civil servant"),
    "JAKON": ("Pekerja jasa konstruksi", "Construction worker"),
    "BPU": ("Pekerja bukan penerima upah", "Self-employed worker"),
}
FUNDINGS: dict[str, Text] = {
    "APBD": ("anggaran kabupaten (APBD)", "regency budget (APBD)"),
    "APBD_P": ("anggaran perubahan kabupaten (APBD-P)", "revised regency budget (APBD-P)"),
    "APBDES": ("anggaran desa (APBDes)", "village budget (APBDes)"),
    "PROVINCE": ("anggaran provinsi", "provincial budget"),
    "CSR": ("donatur (CSR)", "donor (CSR)"),
    "EMPLOYER": ("pemberi kerja", "employer"),
    "PROJECT": ("proyek", "project"),
    "SELF": ("pekerja sendiri", "the worker"),
}
RELATIONS: dict[str, Text] = {
    "worker": ("Pekerja", "The worker"),
    "spouse": ("Istri atau suami", "Wife or husband"),
    "child": ("Anak", "Child"),
    "parent": ("Orang tua", "Parent"),
    "grandchild": ("Cucu", "Grandchild"),
    "grandparent": ("Kakek atau nenek", "Grandparent"),
    "sibling": ("Saudara kandung", "Brother or sister"),
    "parent_in_law": ("Mertua", "Parent-in-law"),
    "named_in_will": ("Penerima wasiat", "Named in the will"),
    "burial_arranger": ("Penyelenggara pemakaman", "Who arranged the burial"),
    "social_security_fund": ("Dana Jaminan Sosial", "Social Security Fund"),
}

TEXT: dict[str, Text] = {
    "title": ("Surat Keterangan Manfaat", "Benefit Statement"),
    "subtitle": ("Jaminan sosial ketenagakerjaan", "Social security of workers"),
    "printed": ("Dicetak", "Printed"),
    "claim": ("Nomor klaim", "Claim number"),
    "programme": ("Program", "Programme"),
    "died": ("Tanggal meninggal", "Day of death"),
    "accident": ("Tanggal kecelakaan", "Day of the accident"),
    "reported": ("Tanggal dilaporkan", "Day of the report"),
    "decided": ("Tanggal keputusan", "Day of the decision"),
    "decision": ("Keputusan", "Decision"),
    "granted": ("Jumlah manfaat", "Benefit"),
    "round": (
        "Keputusan ke-{n}; menggantikan keputusan sebelumnya.",
        "Decision number {n}; it replaces the earlier one.",
    ),
    "reopened": (
        "Keputusan ini sedang diperiksa kembali. Sampai ada keputusan baru, keputusan ini tetap berlaku.",
        "This decision is being looked at again. It stands until there is a new one.",
    ),
    "held": ("Klaim ini sedang ditahan. {why}", "This claim is held. {why}"),
    "why": ("Mengapa tidak seluruhnya", "Why it is not more"),
    "why_denied": ("Mengapa tidak disetujui", "Why it was not approved"),
    "memberships": ("Kepesertaan yang berlaku pada hari kejadian", "Memberships in force on the day of the incident"),
    "memberships_none": (
        "Tidak ada kepesertaan dengan program ini yang berlaku pada hari kejadian.",
        "No membership with this programme was in force on the day of the incident.",
    ),
    "membership": ("Kepesertaan", "Membership"),
    "paid_by": ("iuran dari {payer}", "contributions paid by {payer}"),
    "of_membership": ("Kepesertaan ke-{n}", "Membership {n}"),
    "at_most": ("{amount}, paling banyak {limit}", "{amount}, at most {limit}"),
    "at_least": ("{amount}, paling sedikit {limit}", "{amount}, at least {limit}"),
    "since": ("Peserta sejak", "Member since"),
    "last_day": ("Terlindungi sampai dengan", "Last covered day"),
    "open": ("tanpa batas", "without an end"),
    "components": ("Rincian manfaat", "What the benefit is made of"),
    "component": ("Manfaat", "Benefit"),
    "calculation": ("Perhitungan dan dasar hukum", "Calculation and law"),
    "amount": ("Jumlah", "Amount"),
    "total": ("Jumlah seluruhnya", "Total"),
    "payments": ("Pembayaran", "Payment"),
    "payee": ("Penerima", "Payee"),
    "share": ("Bagian", "Share"),
    "entitled": ("Hak", "Entitled to"),
    "received": ("Sudah dibayar", "Paid"),
    "open_amount": ("Belum dibayar", "Not paid yet"),
    "on": ("pada {day}", "on {day}"),
    "guardian": ("melalui wali", "through the guardian"),
    "representative": ("melalui kuasa", "through a representative"),
    "account": ("rekening {bank} berakhiran {digits}", "account at {bank} ending in {digits}"),
    "erased": ("data penerima sudah dihapus", "the payee's data was erased"),
    "no_payees": ("Penerima belum dicatat.", "The payees are not on record yet."),
    "due": (
        "Masih harus dibayar {amount}, paling lambat {day}.",
        "{amount} is still to be paid, by {day} at the latest.",
    ),
    "due_undated": (
        "Masih harus dibayar {amount}; paling lambat kapan ditetapkan setelah tidak ada lagi yang kurang.",
        "{amount} is still to be paid; by when is set once nothing is missing any more.",
    ),
    "on_its_way": ("Dari jumlah itu, {amount} sedang dikirim melalui bank.", "Of this, {amount} is on its way."),
    "all_on_its_way": ("Jumlah itu sedang dikirim melalui bank.", "That is on its way."),
    "settled": ("Seluruh manfaat ini sudah dibayar.", "This benefit was paid in full."),
    "late": (
        (
            "Bila pembayaran terlambat, penerima berhak atas tambahan untuk setiap hari keterlambatan"
            " (PP 44/2015 Pasal 37 dan 40)."
        ),
        "If a payment comes late, the payee is owed more for each day of delay (PP 44/2015 Pasal 37 and 40).",
    ),
    "late_paid": (
        "Tambahan karena terlambat: sudah dibayar {paid}, belum dibayar {owed}.",
        "Added because payments came late: {paid} paid, {owed} not paid yet.",
    ),
    "overpaid": (
        "Yang sudah dibayar melebihi hak sebesar {amount}; petugas akan menghubungi Anda.",
        "{amount} more was paid than is due; an officer will be in touch with you.",
    ),
    "obligations": ("Beasiswa tahun-tahun berikutnya", "Scholarships of the years to come"),
    "obligations_how": (
        (
            "Beasiswa berikutnya dapat diajukan mulai {day}. Setiap tahun ajaran dibayar setelah surat keterangan"
            " sekolah dan rapor terakhir diserahkan; jenjang di bawah adalah perkiraan menurut umur anak. Haknya"
            " berakhir bila anak mencapai batas umur, menikah, atau bekerja."
        ),
        (
            "The next scholarship can be applied for from {day}. Each school year is paid once the school's letter and"
            " the last report are handed in; the levels below are foreseen by the child's age. The right ends when the"
            " child reaches the age limit, marries or begins to work."
        ),
    ),
    "child": ("Anak ke-{n}", "Child {n}"),
    "of_child": ("Anak", "Child"),
    "level": ("Jenjang", "Level"),
    "years": ("Tahun ajaran", "School years"),
    "objection": ("Bila Anda tidak setuju", "If you do not agree"),
    "objection_how": (
        (
            "Sampaikan keberatan kepada kantor tempat klaim ini diajukan, secara lisan atau tertulis, dengan menyebut"
            " nomor klaim di atas dan alasannya; bawa bukti bila ada. Tidak dipungut biaya. Klaim diperiksa kembali dan"
            " diputuskan oleh petugas lain, lalu Anda menerima surat keterangan baru. Sampai saat itu keputusan ini"
            " tetap berlaku. Yang sudah disetujui tetap harus dibayar paling lambat pada harinya: keberatan tidak"
            " mengurangi tambahan yang menjadi hak penerima bila pembayaran terlambat."
        ),
        (
            "Tell the office where this claim was made, in words or in writing, with the claim number above and your"
            " reason; bring proof if you have any. It costs nothing. The claim is looked at again and decided by"
            " another officer, and you are given a new statement. Until then this decision stands. What was granted"
            " stays due by its day: an objection takes nothing away from what is owed more if it comes late."
        ),
    ),
    "proof": (
        (
            "Dasar keputusan: aturan versi {rules}; data kepesertaan sampai dengan fakta nomor {sequence}. Dibulatkan"
            " ke rupiah terdekat untuk setiap manfaat."
        ),
        (
            "The decision rests on rules version {rules} and on the register of cover up to fact number {sequence}."
            " Each benefit is rounded to the nearest rupiah."
        ),
    ),
}
