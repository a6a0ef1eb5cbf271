# ruff: noqa: E501 (tables)
"""Names in the Arabic script: letters as Latin ones, the article set apart, common words and given names by a table."""

from __future__ import annotations

import re
from functools import lru_cache

from .words import table

LETTERS = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ى": "a", "ة": "a", "ء": "", "ؤ": "w", "ئ": "y", "ع": "", "ب": "b", "ت": "t",
        "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d",
        "ط": "t", "ظ": "z", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y",
        "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ی": "y", "ے": "y", "ہ": "h", "ھ": "h", "ۀ": "h", "ۂ": "h", "ە": "a", "ٹ": "t",
        "ڈ": "d", "ڑ": "r", "ں": "n", "ټ": "t", "ډ": "d", "ړ": "r", "ږ": "zh", "ښ": "sh", "ځ": "z", "څ": "s", "ڼ": "n", "ې": "y", "ۍ": "y",
        "ڤ": "v", "ڭ": "ng", "ـ": "", "\u200c": "", "ۇ": "u", "ۆ": "o", "ڕ": "r", "ڵ": "l", "ێ": "e", "ٶ": "w",
    }
)  # fmt: skip
FOLD = str.maketrans("أإآٱىةؤئکیےہھ", "اااايهويكييهه", "ـ\u200cءًٌٍَُِّْ")
NAMES = table(
    """
    mohammad: محمد; ahmad: احمد; mahmud: محمود; hamid: حامد حميد; hussein: حسين; hasan: حسن; ali: علي على; abu: ابو ابي ابا; bin: بن ابن; al: ال;
    umm: ام; bint: بنت; abd: عبد; allah: الله; yusuf: يوسف; ibrahim: ابراهيم; ismail: اسماعيل; umar: عمر; usman: عثمان; mustafa: مصطفى مصطفي; khalid: خالد; said: سعيد;
    sayyid: سيد; saleh: صالح; salah: صلاح; salim: سالم; salman: سلمان; sulayman: سليمان; dawud: داود; musa: موسى موسي; isa: عيسى عيسي; yahya: يحيى يحيي; zakariya: زكريا; nasir: ناصر;
    nasser: نصر; jamal: جمال; kamal: كمال; kamil: كامل; tariq: طارق; tahir: طاهر; jabir: جابر; jafar: جعفر; qasim: قاسم; bashir: بشير; karim: كريم; rahim: رحيم; rahman: رحمن; aziz: عزيز; qadir: قادر;
    latif: لطيف; razzaq: رزاق; majid: مجيد; wahhab: وهاب; ghani: غني; ghafur: غفور; hakim: حكيم; amin: امين; amir: امير; amr: عمرو; anwar: انور; akram: اكرم; asad: اسد; ayman: ايمن; badr: بدر;
    din: دين; nur: نور; saif: سيف; shams: شمس; shah: شاه; jan: جان; khan: خان; gul: گل; mullah: ملا; mawlawi: مولوي; haji: حاجي حاج; qari: قاري; sheikh: شيخ; mir: مير; mirza: ميرزا;
    riza: رضا; mahdi: مهدي; hadi: هادي; haydar: حيدر; abbas: عباس; husayni: حسيني; musavi: موسوي; hashimi: هاشمي; walid: وليد; wali: ولي; zayd: زيد; ziyad: زياد; iyad: اياد; imad: عماد;
    faysal: فيصل; fahd: فهد; fadl: فضل; fadil: فاضل; faruq: فاروق; fathi: فتحي; habib: حبيب; hamza: حمزه; harith: حارث; idris: ادريس; ilyas: الياس; luqman: لقمان; mansur: منصور; marwan: مروان; mubarak: مبارك;
    munir: منير; murad: مراد; mukhtar: مختار; nabil: نبيل; najib: نجيب; nadir: نادر; nizar: نزار; umran: عمران; rashid: راشد رشيد; ramadan: رمضان; rabi: ربيع; sabir: صابر; sami: سامي; samir: سمير; shafiq: شفيق; sharif: شريف;
    sultan: سلطان; taha: طه; turki: تركي; usama: اسامه; uthayman: عثيمان; yasin: ياسين; yasir: ياسر; yunus: يونس; zahir: ظاهر زاهر; zaki: زكي; adnan: عدنان; adil: عادل; ashraf: اشرف; atif: عاطف; barzan: برزان; dhu: ذو;
    muhsin: محسن; muhammadi: محمدي; ahmadi: احمدي; aishah: عايشه; fatimah: فاطمه; maryam: مريم; zaynab: زينب; khadijah: خديجه; asim: عاصم; isam: عصام; sad: سعد; saddam: صدام; qusay: قصي; uday: عدي; watban: وطبان;
    hashim: هاشم; halim: حليم; hafiz: حافظ; naim: نعيم; sana: ثنا ثناء; faiz: فيض; mati: مطيع; jawad: جواد; hani: هاني; baqi: باقي; basir: بصير; wazir: وزير; akhtar: اختر; siraj: سراج; jalal: جلال;
    haqqani: حقاني; agha: اغا آغا; malik: ملك مالك; rauf: روف رؤوف; zakir: ذاكر; burhan: برهان; tayyib: طيب; arif: عارف; numan: نعمان; ghalib: غالب; zubayr: زبير; saud: سعود; fawaz: فواز; mujahid: مجاهد; shukri: شكري;
    bilal: بلال; anas: انس; baha: بهاء; diya: ضياء; ala: علاء; izz: عز; riyad: رياض; rafi: رافع; suhayb: صهيب; kazim: كاظم; nimat: نعمت; amini: اميني; rezai: رضايي; karimi: كريمي; sadiq: صادق; hojjat: حجت; ghulam: غلام;
    mojtaba: مجتبى مجتبي; behruz: بهروز; dariush: داريوش; farhad: فرهاد; najafi: نجفي; ihsan: احسان; akbar: اكبر; asghar: اصغر; mansuri: منصوري; farid: فريد; wahid: وحيد; hayat: حيات; zafar: ظفر; iqbal: اقبال; nawaz: نواز;
    ansar: انصار; jaysh: جيش; harakat: حركه; jabhat: جبهه; jamaat: جماعه; hizb: حزب; liwa: لواء; kataib: كتائب; shuhada: شهداء; sharia: شريعه; qaida: قاعده; bilad: بلاد; sham: شام; fi: في
    """
)
TRADE = table(
    """
    company: شركه شركت; foundation: موسسه بنياد; group: مجموعه گروه; bank: بنك مصرف بانك; movement: جنبش; islamic: اسلاميه اسلامي اسلام; organization: تنظيم منظمه سازمان;
    trading: تجاره تجاري بازرگاني; exchange: صرافه صرافي; money: اموال; network: شبكه; charity: خيريه; relief: اغاثه; aid: مساعدات; committee: لجنه; council: مجلس; ministry: وزاره وزارت;
    university: جامعه دانشگاه; institute: معهد; center: مركز; industry: صناعه صناعات صنايع; industries: صنايع; engineering: هندسه مهندسي; oil: نفط نفت; gas: غاز گاز; petroleum: بترول; shipping: ملاحه كشتيراني; airlines: خطوط هواپيمايي; general: عامه; international: دوليه
        بين_المللي; national: وطنيه ملي; arab: عربيه عربي; jihad: جهاد; state: دوله; fighters: مجاهدين مجاهدون; brigade: كتيبه; brigades: الويه; martyrs: شهدا; east: شرق; west: غرب; iraq: عراق; syria: سوريا; egypt: مصر مصري; algeria: جزاير; libya: ليبيا ليبي; yemen: يمن; iran: ايران; afghanistan: افغانستان; pakistan: پاكستان
    """
)
KNOWN = {word.translate(FOLD): read for word, read in {**TRADE, **NAMES}.items()}
ARTICLE = ("ال", "لل", "بال", "وال")
LEAST_STEM = 3


@lru_cache(maxsize=32_768)
def parts(word: str) -> tuple[str, ...]:
    """A word in the Arabic script as Latin words: "عبدالرحمن" is abd, al, rahman."""
    plain = word.translate(FOLD)
    if plain in KNOWN:
        return tuple(KNOWN[plain].split())
    if plain.startswith("عبد") and len(plain) > 5:
        return ("abd", *parts(plain[3:]))
    if plain.startswith("ابو") and len(plain) > 6:
        return ("abu", *parts(plain[3:]))
    if plain.endswith("الله") and len(plain) > 6:
        return (*parts(plain[:-4]), "allah")
    for article in ARTICLE:
        if plain.startswith(article) and len(plain) - len(article) >= LEAST_STEM:
            return ("al", *parts(plain[len(article) :]))
    latin = re.sub("[^a-z0-9]", "", word.translate(LETTERS).casefold())
    return (latin,) if latin else ()
