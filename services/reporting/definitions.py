"""What each figure counts, in which unit, in a sentence for people."""

from dataclasses import dataclass

from services.reporting.answers import Text


@dataclass(frozen=True, slots=True)
class Definition:
    """The unit of a figure and what it counts."""

    unit: str
    text: Text


PROTECTED = Definition(
    "people",
    Text(
        "Orang yang dilindungi pada hari itu, masing-masing dihitung sekali, dalam satu desa dan satu segmen: yang"
        " pertama berlaku dari penerima upah (PU), non-ASN, jasa konstruksi (JAKON), pekerja informal (BPU)."
        " Demikian pula dalam satu kelompok: dari beberapa kepesertaan dalam segmen itu, yang mulai lebih dahulu."
        " Hari terakhir perlindungan dan hari kematian termasuk.",
        "People under cover on the day, each counted once, in one village and one segment: the first that applies of"
        " wage earners (PU), non-civil-servant staff, construction (JAKON), informal workers (BPU). Likewise in one"
        " cohort: of several memberships in that segment, the one that began first. The last day of cover and the day"
        " of death are covered.",
    ),
)
OVER_TIME = Definition(
    "people",
    Text(
        f"{PROTECTED.text.indonesian} Untuk setiap hari yang diminta; hari tidak boleh dijumlahkan. Perkiraan:"
        " hari yang belum tiba pada waktu “Diketahui pada”; yang tetap dilindungi bila tidak ada yang didaftarkan atau"
        " diperpanjang lagi.",
        f"{PROTECTED.text.english} On each of the days; days must not be added up. Forecast: a day that was still ahead"
        " at the known-at time; who stays protected if nobody else is enrolled or renewed.",
    ),
)
MEMBERSHIPS = Definition(
    "memberships",
    Text(
        "Kepesertaan yang pada hari itu berlaku, atau, bila itu yang diminta, dibayar tetapi ditangguhkan, atau"
        " menunggak dalam masa tenggang; hanya yang berlaku melindungi. Orang dengan dua kepesertaan dihitung"
        " dua kali.",
        "Memberships that on the day are in force or, where that is asked for, paid but suspended, or in arrears within"
        " their grace; only those in force protect. A person with two memberships counts twice here.",
    ),
)
CHURN = Definition(
    "people",
    Text(
        "Perubahan jumlah orang yang dilindungi, diuraikan. Baru: pertama kali dilindungi. Kembali: dilindungi lagi"
        " setelah jeda. Pindah masuk dan keluar: berganti desa, segmen atau sumber dana sambil tetap dilindungi, juga"
        " di dalam satu bagian. Berakhir: bukan karena kematian. Meninggal: saat dilindungi. Akhir dihitung pada hari"
        " pertama tanpa perlindungan. Diperpanjang: tetap dilindungi ketika satu masa berakhir dan masa lain mulai;"
        " tidak mengubah jumlah.",
        "The change in the number of protected people, taken apart. Joined: protected for the first time. Returned:"
        " again after a gap. Moved in and out: another village, segment or funding while protected, also within one"
        " part. Lapsed: ended not by death. Died: while protected. An end counts on the first day without protection."
        " Renewed: protected on, as one period ended and another began; it changes no number.",
    ),
)
GAPS = Definition(
    "people",
    Text(
        "Orang yang pada hari itu tidak dilindungi, tetapi masih dilindungi dalam sekian hari sebelumnya, menurut desa,"
        " segmen dan sumber dana terakhirnya. Yang meninggal tidak termasuk.",
        "People who are not protected on the day but were within so many days before it, by the village, segment and"
        " funding where they counted last. Those who died are left out.",
    ),
)
EXPIRIES = Definition(
    "people and memberships",
    Text(
        "Untuk setiap hari terakhir perlindungan: berapa orang lebih sedikit yang dilindungi keesokan harinya (yang"
        " keluar dikurangi yang masuk), dan berapa kepesertaan yang berakhir di setiap desa menurut kelompok yang"
        " membayarnya, dikurangi yang mulai di desa dan kelompok yang sama; juga bila kelompok lain melanjutkan"
        " pembayarannya, atau pekerjanya pindah ke desa lain.",
        "For each last covered day: how many fewer people are protected on the day after (leaving less joining), and"
        " how many memberships end in each village by the cohort that paid them, less those that begin in the same"
        " village and cohort; also where another cohort goes on paying, or the worker moves to another village.",
    ),
)
COMMITMENTS = Definition(
    "places, person-months, rupiah and memberships",
    Text(
        "Tempat, orang-bulan dan anggaran yang disetujui untuk kelompok; kepesertaan yang pernah didaftarkannya (tetap"
        " dihitung setelah berakhir, tidak setelah dikoreksi menjadi tidak pernah ada); dan orang-bulan yang"
        " terealisasi: kepesertaan yang dibayar pada setiap akhir bulan sampai tanggal itu, dijumlahkan, di antaranya"
        " oleh kelompok tanpa batas orang-bulan. Sisanya hanya dari kelompok yang orang-bulannya disetujui.",
        "Places, person-months and budget that cohorts were approved for; the memberships that they ever enrolled"
        " (counted also after their end, not after a correction to never); and the person-months realised: memberships"
        " paid at each month's end until the day, added up, of these by cohorts without a limit of person-months."
        " What is left is of cohorts with approved person-months only.",
    ),
)
CLAIMS_PAID = Definition(
    "people, cases, payments and rupiah",
    Text(
        "Yang dibayarkan dalam masa itu menurut tanggal bayar; pembayaran yang kembali tidak termasuk. Orang: pekerja"
        " yang klaimnya diputuskan di sini, bukan ahli waris; seorang pekerja dapat muncul dalam beberapa bagian,"
        " tetapi sekali dalam jumlah. Kasus: klaim, ditambah kasus yang diputuskan di tempat lain menurut berkas badan."
        " Pembayaran: hanya klaim yang diputuskan di sini. Tambahan karena terlambat dan yang dibayar untuk klaim yang"
        " kemudian dibatalkan dihitung tersendiri.",
        "What was paid in the period by the date of payment; payments that came back are not in it. People: workers"
        " whose claims were decided here, not heirs; a worker may be in several parts, but once in the total. Cases:"
        " claims, and cases decided elsewhere as files of the agency tell them. Payments: of claims decided here only."
        " What the law adds for lateness, and what was paid for claims taken back since, is counted apart.",
    ),
)
CLAIMS_DECIDED = Definition(
    "claims, people and rupiah",
    Text(
        "Klaim yang keputusan terakhirnya sampai akhir masa itu jatuh dalam masa itu, masing-masing dihitung sekali"
        " menurut keputusan itu; tanpa klaim yang dibatalkan. Rincian: rupiah menurut komponen, klaim menurut alasan"
        " penolakan atau pengurangan; satu klaim dapat punya beberapa alasan.",
        "Claims whose newest decision by the end of the period was made in it, each counted once under that decision;"
        " without those voided. In detail: rupiah by component, claims by the reasons why they were denied or reduced;"
        " one claim may have several reasons.",
    ),
)
TIME_TO_PAYMENT = Definition(
    "payments and calendar days",
    Text(
        "Pembayaran manfaat yang sampai dalam masa itu: hari kalender sejak berkas lengkap (median, 90 persen,"
        " terlama), dan berapa yang tepat waktu menurut batas hari kerja undang-undang: batas pembayaran itu sendiri,"
        " yang tidak mundur karena keberatan atau penahanan sesudahnya. Yang batasnya tidak diketahui tidak masuk"
        " dalam persen.",
        "Payments of benefits that arrived in the period: calendar days since the papers were complete (median, 90"
        " percent, longest), and how many were in time by the law's limit in working days: that of the payment itself,"
        " which no later appeal or hold puts off. Those without a known limit are not in the percentage.",
    ),
)
CLAIMS = Definition(
    "claims, people and rupiah",
    Text(
        "Klaim yang dilaporkan sampai hari itu, tanpa yang dibatalkan, menurut tahapnya: dilaporkan, tertunda, berkas"
        " lengkap, diputuskan, diperintahkan bayar, kembali, dibayar, ditolak. Belum dibayar: dikabulkan tetapi belum"
        " sampai. Segmen dan desa baru diketahui setelah keputusan.",
        "Claims reported by the day, without those voided, by stage: reported, pended, submitted, decided, ordered,"
        " returned, paid, denied. Outstanding: granted, but not arrived. Segment and village are known from the"
        " decision on.",
    ),
)
CLAIMS_OVERDUE = Definition(
    "claims, people and rupiah",
    Text(
        "Klaim yang berkasnya pernah lengkap dan yang batas bayarnya sudah lewat pada hari itu: belum diputuskan,"
        " atau dikabulkan tetapi belum dibayar seluruhnya. Batas itu milik bagian yang harus dibayar paling dahulu;"
        " keberatan atau penahanan tidak membuat yang terlambat menjadi tepat waktu. Selama keluarga diminta sesuatu,"
        " yang masih tepat waktu tidak punya batas.",
        "Claims whose papers were complete and whose last day of payment was past on the day: not decided yet, or"
        " granted and not paid in whole. That day is the one of what is to be paid first; an appeal or a hold makes"
        " nothing late less late. While something is asked of the family, what is still in time has no such day.",
    ),
)
OBLIGATIONS = Definition(
    "scholarship years, children, claims and rupiah",
    Text(
        "Tahun sekolah anak yang jatuh tempo pada hari itu atau sesudahnya menurut keputusan terakhir setiap klaim;"
        " dibayar bila tahun itu dibuktikan.",
        "Years of school of children that fall due on the day or later by the newest decision of each claim; paid if"
        " the year is proven then.",
    ),
)
REVIEWS = Definition(
    "claims and rupiah",
    Text(
        "Keputusan yang kini akan berbeda karena data perlindungan berubah sesudahnya, dan belum diselesaikan seorang"
        " pun: berapa rupiah lebih banyak atau lebih sedikit.",
        "Decisions that would come out otherwise now, since cover changed afterwards, and that nobody has settled: by"
        " how many rupiah more or less.",
    ),
)
CLAIMS_VOIDED = Definition(
    "claims and rupiah",
    Text(
        "Klaim yang dibatalkan dalam masa itu menurut sebabnya, dan yang sudah dibayar untuknya dan harus kembali.",
        "Claims that were voided in the period, by the cause, and what was paid for them and is owed back.",
    ),
)
DIED_WITHOUT_CLAIM = Definition(
    "people",
    Text(
        "Pekerja yang meninggal saat dilindungi sampai hari itu, yang kematiannya belum diklaim siapa pun. Klaim JKK"
        " dihitung bila menetapkan kematian itu, atau selama belum diputuskan; yang dibatalkan tidak.",
        "Workers who died by the day while protected, and for whose death nobody has claimed. A claim for an accident"
        " counts if it confirmed the death, or while it is not decided; one that was voided does not.",
    ),
)
PAID_AFTER_DEATH = Definition(
    "people, periods and person-months",
    Text(
        "Yang dibayar kelompok untuk hari sesudah kematian pekerja, untuk kematian sampai hari itu: masa yang mulai"
        " sesudah kematian, atau dibayar di muka sebelumnya. Bulan yang mulai dihitung penuh; yang tanpa akhir"
        " dihitung tersendiri.",
        "What cohorts paid for days after a worker's death, for deaths up to the day: periods that began after the"
        " death, or were paid ahead of it. Begun months count whole; those without an end are counted"
        " apart.",
    ),
)
PROTECTED_CHANGES = Definition(
    "people",
    Text(
        "Apa yang baru dicatat sesudah waktu pembanding yang lebih awal tentang orang yang dilindungi pada hari itu:"
        " menurut peristiwanya, hari dicatatnya dan hari mulai berlakunya. Yang mulai berlaku sebelum hari dicatatnya"
        " adalah yang terlambat dicatat. Jumlahnya adalah selisih kedua angka.",
        "What was recorded after the earlier known-at time about the people protected on the day: by what happened, the"
        " day on which it was recorded and the day from which it counts. What counts from before the day on which it"
        " was recorded was entered late. It adds up to the difference of the two figures.",
    ),
)
CLAIMS_PAID_CHANGES = Definition(
    "rupiah",
    Text(
        "Pembayaran manfaat dalam masa itu yang kini dihitung lain: baru dicatat, kembali, klaimnya dibatalkan, atau"
        " dibetulkan. Jumlahnya adalah selisih kedua angka.",
        "Payments of benefits in the period that count otherwise now: told since, came back, of a claim that was"
        " voided, or told otherwise. They add up to the difference of the two figures.",
    ),
)
PUBLISHED = Definition(
    "figures",
    Text(
        "Angka yang dikutip ke luar: pertanyaannya, jawabannya waktu itu, dan snapshot yang menamainya untuk selamanya."
        " Pertanyaan yang sama dengan snapshot itu memberi jawaban yang sama.",
        "Figures that were quoted to the world: the question, the answer as it was then, and the snapshot that names it"
        " for ever. The same question with that snapshot has the same answer.",
    ),
)
COVERAGE_RATIO = Definition(
    "percent",
    Text(
        "Orang di wilayah penyebut yang disebut yang dilindungi pada hari itu, dibagi dengan penyebut itu, dibulatkan"
        " ke dua desimal. Desa tempat tinggal yang menentukan wilayahnya.",
        "People of the area of the denominator named who are protected on the day, divided by that denominator, rounded"
        " to two decimals. The village where people live decides on their area.",
    ),
)
TARGETS = Definition(
    "targets",
    Text(
        "Target dan penyebut sebagaimana dinyatakan sumbernya, dalam versi terbaru. Yang cakupannya bukan"
        " wilayah tidak mempunyai kode wilayah dan tidak menjadi penyebut rasio.",
        "Targets and denominators as their sources state them, in their newest version. One whose"
        " scope is no area has no code of an area, and is no denominator of a ratio.",
    ),
)
NEWEST_DENOMINATOR = Text(
    "Belum tetap: penyebut dipakai dalam versi terbaru, dan versi baru dapat dimasukkan kapan saja; sebutkan versinya,"
    " yang tertulis pada penyebut dalam jawaban, dan waktu “Diketahui pada”.",
    "Not final: the denominator is used in its newest version, and a newer one may be taken in at any time; name the"
    " version (it stands beside the denominator in the answer) and the known-at time.",
)
NEWEST_TARGETS = Text(
    "Belum tetap: daftar ini memuat versi terbaru, dan versi baru dapat dimasukkan kapan saja; waktu “Diketahui"
    " pada” tidak memengaruhinya.",
    "Not final: this list holds the newest versions, and newer ones may be taken in at any time, whatever the"
    " known-at time.",
)
ALL_PUBLISHED = Text(
    "Belum tetap: daftar ini memuat semua yang dicatat sebagai diterbitkan sampai kini, dan dapat bertambah; waktu"
    " “Diketahui pada” tidak memengaruhinya.",
    "Not final: this list holds all that was noted as published until now, and more may come, whatever the known-at"
    " time.",
)
DICTIONARY_NOW = Text(
    "Belum tetap: kamus menjelaskan basis data sebagaimana adanya kini; waktu “Diketahui pada” tidak memengaruhinya.",
    "Not final: the dictionary tells of the database as it is now, whatever the known-at time.",
)
CARDS = Definition(
    "cards",
    Text(
        "Kartu yang diserahkan dalam masa itu kepada pekerja atau wakilnya; setiap kartu dihitung sekali, pada"
        " penyerahan pertamanya.",
        "Cards handed to the worker or to a representative in the period; each card counts once, at its"
        " first handover.",
    ),
)
LEGAL_BASES = Definition(
    "legal bases",
    Text(
        "Peraturan dan keputusan yang menjadi dasar kelompok, masing-masing sekali; yang nomornya belum diketahui"
        " ditandai.",
        "Regulations and decrees that cohorts rest on, each once; those whose number is not known are marked.",
    ),
)
FUNNEL = Definition(
    "workers per cohort, and memberships",
    Text(
        "Pekerja yang diusulkan untuk setiap kelompok menurut langkah yang sudah dilalui: diusulkan, tidak ganda, NIK"
        " dan nama padan, memenuhi syarat, tercantum dalam keputusan; menunggu tempat; ditolak menurut alasan. Seorang"
        " pekerja dihitung pada setiap langkah yang dilaluinya. Dibayar: kepesertaan yang diterima kelompok; aktif:"
        " yang berlaku pada hari itu.",
        "Workers who were proposed for each cohort, by the steps they passed: proposed, unique, identity matched,"
        " eligible, in decree; waiting for a place; refused (by reason). A worker counts at every step that was passed."
        " Paid: memberships that the cohort took in; active: those in force on the day.",
    ),
)
COHORTS = Definition(
    "cohorts",
    Text(
        "Kelompok dengan keadaannya (diusulkan, disetujui, dibuka, ditutup), kantor yang bertanggung jawab, dan"
        " ketentuan yang disetujui, atau yang diusulkan selama belum ada yang disetujui.",
        "Cohorts with their state (proposed, approved, open, closed), the office that answers for them, and the terms"
        " approved, or those proposed while none are.",
    ),
)
PLACES_REALLOCATED = Definition(
    "places",
    Text(
        "Tempat kelompok yang dipindahkan dari satu desa ke desa lain; tanpa desa berarti tempat bersama.",
        "Places of cohorts that went from one village to another; without a village: the common pool.",
    ),
)
DOUBLE_FUNDING = Definition(
    "findings and person-months",
    Text(
        "Temuan bahwa dua kelompok membayar kegiatan yang sama dari satu pekerja pada hari yang sama: belum diputuskan,"
        " ternyata dua kegiatan, atau memang ganda. Desanya tempat tinggal pekerja pada hari ganda yang pertama; yang"
        " dicatat tanpa desa hanya ada dalam jumlah seluruhnya. Orang-bulan yang dibayar dua kali; yang tanpa akhir"
        " tidak termasuk di dalamnya dan dihitung tersendiri.",
        "Findings that two cohorts pay for the same activity of one worker on the same days: not decided, two"
        " activities really, or the same one twice. The village is where the worker lived on the first day paid twice;"
        " findings told without one are in the whole only. Person-months are paid twice; findings without an end are"
        " not in them, and counted apart.",
    ),
)
CARDS_ISSUED = Definition(
    "cards",
    Text(
        "Kartu yang diterbitkan badan dalam masa itu; setiap kartu dihitung sekali, pada penerbitan pertamanya.",
        "Cards that the agency issued in the period; each card counts once, when it was first issued.",
    ),
)
DICTIONARY = Definition(
    "views, functions and columns",
    Text(
        "Semua yang dapat ditanyakan dalam SQL pada skema bi, dengan artinya menurut basis data sendiri. Peran"
        " bi_reader hanya dapat membaca skema ini.",
        "All that can be asked in SQL in schema bi, with its meaning as the database itself says it. Role bi_reader can"
        " read this schema only.",
    ),
)
EVIDENCE = Definition(
    "none",
    Text(
        "Bukti satu tahun kalender, per 31 Desember: regulasi, anggaran dan realisasi, cakupan, klaim yang dibayar.",
        "Evidence of a calendar year, as of its 31 December: regulations, budget and realisation, coverage, claims"
        " paid.",
    ),
)
WATERMARK = Definition(
    "none",
    Text(
        "Seberapa lengkap semua angka: untuk setiap sumber, pernyataan terakhirnya yang sudah termasuk seluruhnya.",
        "How complete all figures are: for each source, its newest statement that is wholly in.",
    ),
)
