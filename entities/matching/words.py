# ruff: noqa: E501 (tables)
"""Word tables of the matcher, written for the product: legal forms, light words, spellings, look-alikes.

Everything here is data. A change of a table changes scores: raise `score.ENGINE` with it.
"""

from __future__ import annotations


def table(text: str) -> dict[str, str]:
    """ "head: a b c; head2: d" as {a: head, b: head, c: head, d: head2}; "_" stands for a blank."""
    pairs: dict[str, str] = {}
    for group in text.split(";"):
        head, _, members = group.partition(":")
        for member in members.split():
            pairs[member.replace("_", " ")] = head.strip().replace("_", " ")
    return pairs


# Legal forms, by class: "private" a company with shares that are not traded, "stock" one with shares that may
# be, "partnership", "state" (state enterprise), "sole" and "any" (company as such).
LEGAL_ANYWHERE = table(
    """
    private: ltd limited llc gmbh co_ltd co_limited company_limited company_ltd pte_ltd pte_limited pvt_ltd
        private_limited pvt_limited pty_ltd pty_limited sdn_bhd fze fzco fz_llc fz-llc dmcc sarl eurl sasu srl
        ltda bvba sprl limited_liability_company obshchestvo_s_ogranichennoi_otvetstvennostyu
        obshchestvo_s_ogranichennoy_otvetstvennostyu obschestvo_s_ogranichennoi_otvetstvennostyu
        obschestvo_s_ogranichennoy_otvetstvennostyu limited_sirketi ltd_sti limited_sti youxian_gongsi
        youxian_zeren_gongsi spolka_z_o_o sp_z_o_o sp_zoo doo kft korlatolt zrt
        gesellschaft_mit_beschrankter_haftung
        gesellschaft_mit_beschraenkter_haftung yugen_kaisha godo_kaisha yuhan_hoesa
        limited_liability_partnership
        tovarishchestvo_s_ogranichennoi_otvetstvennostyu sociedad_limitada
        sociedad_de_responsabilidad_limitada
        limited_company ltd_company ltd_co coltd limited_liability liability_company liability
        ogranichennoi_otvetstvennostyu otvetstvennostyu s_ogranichennoi llc_company ooo_company s_de_rl
        s_de_rl_de_cv srl_de_cv;
    stock: inc incorporated corp corporation plc jsc ojsc cjsc pjsc aktiengesellschaft joint_stock_company
        joint_stock open_joint_stock_company closed_joint_stock_company public_joint_stock_company
        private_joint_stock_company aktsionernoe_obshchestvo aktsionernoye_obshchestvo aktsionernoe_obschestvo
        otkrytoe_aktsionernoe_obshchestvo zakrytoe_aktsionernoe_obshchestvo
        publichnoe_aktsionernoe_obshchestvo
        sociedad_anonima sociedade_anonima societe_anonyme sa_de_cv sab_de_cv spa anonim_sirketi anonim_sti
        gufen_youxian_gongsi kabushiki_kaisha kabushiki_gaisha chusik_hoesa aktiebolag aktieselskab osakeyhtio
        naamloze_vennootschap public_limited_company public_company_limited co_inc company_inc joint_stock_co
        corporation_limited joint_stock_company_limited stock_company aktsionernoe corp_ltd corporation_ltd
        jointstock_company;
    partnership: llp gmbh_co_kg gmbh_and_co_kg limited_partnership kommanditgesellschaft;
    state: fgup gup federal_state_unitary_enterprise state_unitary_enterprise
        federal_state_budgetary_institution
        federalnoe_gosudarstvennoe_unitarnoe_predpriyatie gosudarstvennoe_unitarnoe_predpriyatie
        federal_state_budgetary_scientific_institution federal_state_autonomous_institution
        federalnoe_gosudarstvennoe_byudzhetnoe_uchrezhdenie;
    any: company obshchestvo obshchestvos obschestvo gongsi sirketi kompaniya compania compagnie sherkat
    """
)
# Two letters and the like say "legal form" only at the end of a name (or before another legal form) ...
LEGAL_AT_END = table(
    """
    private: bv bvba kk as sl oy ooo sro s_r_o eood ood uab sia dd llp cv sas srl lda ag_co pt pvt pte pty
        bhd sal
        zoo gk yk bt l_l_c l_t_d est;
    stock: sa ag nv ab se ao oao zao pao ad spa oyj asa dd tas a_s s_a b_v n_v a_g k_k s_p_a;
    partnership: kg ohg lp;
    any: co cie ve_ticaret
    """
)
# ... and these at its beginning.
LEGAL_AT_START = table(
    """
    private: ooo pt too tov cv;
    stock: ao oao zao pao pat zat jsc;
    state: fgup gup fgbu fgku;
    any: ip ik chp;
    """
)
# Spellings of one word: the head is what is compared.
SPELLINGS = table(
    """
    technology: tech technologies technol tekhnologii tekhnologiya tehnologii teknoloji keji jishu techn
        tecnologia;
    technical: tekhnicheskii tekhnicheskiy;
    international: intl internationale internacional internatl mezhdunarodny guoji uluslararasi;
    manufacturing: mfg manuf manufacture manufactory zhizao manufacturer manufacturers;
    manufacturing: manufactoring;
    group: grp groupe grupo gruppe gruppa jituan groups gruppo;
    industry: industries ind industria industrie promyshlennost sanayi indus;
    industrial: industl promyshlenny;
    trading: trade ticaret torgovaya maoyi trdg torgovy tijarat bazargani;
    electronics: electronic elektronik elektronika dianzi electron elec electr;
    institute: institut instituto inst yanjiusuo yanjiuyuan institution;
    research: yanjiu issledovatelsky resch rsch;
    university: univ universitet universite universidad daxue universitat;
    engineering: engr eng engrg gongcheng injiniring inzhiniring muhendislik engg ingenieria;
    services: service svc svcs srv srvcs srvs srvces servces servis serv servicios fuwu;
    communications: communication comm comms tongxin communicat;
    telecommunications: telecommunication telecom telecoms telekommunikatsii telecomunicaciones
        telecomunicacoes
        telekom;
    equipment: equip eqpt shebei;
    development: devt develop fazhan dvlpmt razvitie;
    management: mgmt mgt managing;
    production: proizvodstvennoe proizvodstvo prodn productions;
    plant: zavod factory works gongchang fabrika;
    center: centre ctr tsentr centro zhongxin merkezi markaz;
    bureau: byuro;
    design: konstruktorskoe proektnoe sheji;
    scientific: nauchno nauchny sci;
    science: sciences kexue;
    system: systems sistemy sys xitong sistem sistemas;
    state: gosudarstvennoe gos;
    joint: sovmestnoe;
    enterprise: enterprises predpriyatie enterpr qiye entreprise entreprises;
    association: assoc assn obedinenie;
    department: dept;
    national: natl nat nacional natsionalny;

    information: info xinxi;
    semiconductor: semiconductors semicon semi bandaoti;
    microelectronics: microelectronic mikroelektronika;
    investment: investments invest touzi inv;
    holding: holdings hldg hldgs kholding konggu;
    import: imp;
    export: exp;
    shipping: denizcilik;
    transport: transportation transports nakliyat yunshu;
    logistics: logistic lojistik wuliu;
    chemical: chemicals huagong;
    pharmaceutical: pharmaceuticals pharma pharm;
    petroleum: petrol shiyou neft;
    energy: energiya nengyuan enerji;
    aviation: hangkong aviatsiya;
    aerospace: hangtian;
    construction: constr insaat jianshe stroitelstvo;
    bank: banco banka bankasi yinhang banque;
    material: materials cailiao;
    machinery: machine machines mach makina jixie;
    instrument: instruments yiqi pribor;
    solution: solutions;
    product: products;
    network: networks wangluo;
    building: bldg;
    company: kompaniya;
    academy: akademiya;
    laboratory: lab labs laboratories laboratoriya laboratorii shiyanshi;
    airlines: airline airways havayollari;
    brothers: bros;
    saint: st sankt;
    mohammad: muhammad mohammed mohamed muhammed mohamad muhamad mohamud mohd muhd mehmed mehmet mahomed
        mukhammad magomed mukhamed muhammet mohammod;
    ahmad: ahmed akhmad akhmed ahmet ahamed achmad;
    hussein: hussain husayn husain hossein hosein husein husseini hossain khusein;
    hasan: hassan khasan hassen;
    abdullah: abdallah abdulla abdollah abdullahi;
    yusuf: yousef youssef yousuf yusef yusif youssouf;
    ibrahim: ebrahim ibraheem;
    mahmud: mahmoud mahmood makhmud;
    khalid: khaled halid;
    umar: omar omer umer;
    usman: osman uthman othman;
    said: saeed sayed saeid saed;
    sayyid: seyed sayed syed seyyed sayid;
    mustafa: mostafa moustafa;
    rahman: rehman rahmaan;
    sergei: sergey sergej serguei;
    alexander: aleksandr alexandr aleksander oleksandr alexandre;
    andrei: andrey andrej;
    alexei: alexey aleksey aleksei;
    dmitry: dmitri dmitriy dmitrii dimitri dmitrij;
    yuri: yury yuriy iurii jurij;
    nikolai: nikolay nikolaj;
    mikhail: mihail michail;
    vladimir: volodymyr wladimir;
    evgeny: evgenii yevgeny evgeniy yevgeniy evgeni;
    yevgenyevich: evgenyevich evgenevich
    """
)
# Words that say little, by class of lightness; a word's weight is never above its class.
LIGHT: dict[str, float] = {
    **dict.fromkeys(
        "and of the for in on at de la le les du des el los las del der die das und von van e y et i o da do dos "
        "di al ul ad bin ben ibn abu abou bint a an s l d ve by to with no nr number dlya po na imeni named after "
        "im mr mrs dr haji hajji sheikh mullah company co".split(),
        0.06,
    ),
    **dict.fromkeys(
        "technology technical wireless mobile firm works business enterprises innovation storage video multi international "
        "manufacturing group industry industrial trading electronics institute research "
        "university engineering services communications telecommunications equipment development management "
        "production plant center bureau design scientific science system state enterprise association department "
        "national general information semiconductor microelectronics investment holding import export shipping "
        "transport logistics chemical pharmaceutical petroleum energy aviation aerospace construction bank "
        "material machinery instrument solution product network building academy laboratory airlines freight "
        "global world joint united new first digital software hardware computer computing cloud data media "
        "consulting consultants consultancy marketing commercial commerce business finance financial capital fund "
        "insurance trust real estate property properties mining minerals metals metal steel oil gas power electric "
        "electrical electro optical optics optoelectronics photonics laser radio precision mechanical mechanics "
        "automation control controls robotics intelligent intelligence smart innovation innovations advanced "
        "medical health biotechnology bio life food foods agricultural agriculture textile textiles clothing "
        "garment auto automotive motor motors parts components supply supplies distribution distributors sales "
        "marine maritime ocean sea ship vessel port air aircraft space satellite defense defence security military "
        "nuclear physics applied special central federal public private people institution organization society "
        "foundation charity charitable committee ministry agency office branch subsidiary affiliate representative "
        "complex concern corporation limited company instrumentation device devices appliance tools test testing "
        "measurement sensor sensors water environmental green solar wind battery lithium silicon integrated "
        "circuit circuits chip chips micro nano high quality professional creative studio design art culture "
        "education school college training hotel travel tourism entertainment sports exchange express delivery "
        "store shop market markets packaging paper plastic plastics rubber glass ceramics wood furniture "
        "maschinenbau handel handels gesellschaft technik vertrieb systeme societe industrielle generale "
        "commerciale comercial servicios exportadora importadora foreign asia asian europe european pacific "
        "america american africa african middle gulf atlantic".split(),
        0.22,
    ),
    **dict.fromkeys(
        "north south east west northern southern eastern western china chinese russia russian iran iranian korea "
        "korean japan japanese india indian pakistan turkey turkish germany german deutschland france french "
        "canada mexico brasil brazil singapore malaysia australia uk us usa uae hk kong hong taiwan vietnam "
        "thailand indonesia philippines belarus ukraine kazakhstan armenia syria iraq egypt israel italy spain "
        "britain british england london paris berlin dubai sharjah abudhabi istanbul ankara tehran moscow "
        "petersburg leningrad minsk kiev kyiv beijing peking shanghai shenzhen guangzhou guangdong dongguan "
        "hangzhou nanjing wuhan chengdu xian tianjin chongqing suzhou wuxi ningbo xiamen dalian qingdao jinan "
        "harbin changsha hefei zhengzhou shenyang kunming guiyang fuzhou foshan zhuhai jiangsu zhejiang sichuan "
        "hubei hunan henan hebei shandong shanxi shaanxi fujian anhui liaoning jilin heilongjiang yunnan hainan "
        "xinjiang tibet mongolia inner taipei tokyo osaka seoul delhi mumbai bangalore karachi lahore islamabad "
        "johannesburg toronto sydney republic islamic province city district netherlands dutch holland swiss "
        "switzerland austria poland polish finland sweden norway denmark cyprus malta greece bulgaria serbia "
        "hungary czech lebanon lebanese jordan oman qatar kuwait bahrain saudi arabia arab yemen afghanistan "
        "bangladesh lanka nepal laos cambodia myanmar burma cuba venezuela nicaragua colombia panama "
        "argentina chile peru ireland irish scotland scottish wales welsh zealand portugal greek romania estonia latvia "
        "lithuania luxembourg monaco iceland croatia slovenia slovakia georgia azerbaijan uzbekistan turkmenistan "
        "tajikistan kyrgyzstan moldova nigeria kenya ghana algeria morocco tunisia libya sudan ethiopia belgium norge "
        "cayman bahamas barbados bermuda belize seychelles mauritius vanuatu liechtenstein gibraltar guernsey curacao "
        "aruba bolivia ecuador paraguay uruguay guatemala honduras salvador haiti dominican jamaica trinidad tobago guyana "
        "suriname fiji samoa papua guinea brunei maldives bhutan albania bosnia herzegovina macedonia montenegro kosovo "
        "senegal cameroon gabon congo angola zambia zimbabwe mozambique malawi tanzania uganda rwanda burundi somalia "
        "djibouti eritrea botswana namibia lesotho madagascar comoros gambia liberia mauritania palestine palestinian "
        "zurich geneva vienna madrid barcelona milan milano rome lisbon lisboa athens warsaw prague budapest bucharest "
        "belgrade zagreb amsterdam rotterdam brussels antwerp hamburg munich frankfurt dusseldorf stuttgart lyon "
        "marseille stockholm oslo copenhagen helsinki vilnius tallinn dublin edinburgh manchester birmingham york "
        "chicago boston houston dallas angeles francisco seattle miami atlanta denver california texas florida montreal "
        "vancouver calgary ontario quebec melbourne brisbane queensland auckland cairo casablanca tunis lagos nairobi "
        "baghdad damascus beirut riyadh jeddah doha manama muscat kabul tashkent almaty astana bishkek baku tbilisi "
        "yerevan kunshan luoyang mianyang wenzhou changzhou nantong guangxi guizhou gansu lanzhou ningxia qinghai "
        "taiyuan macau macao hanoi saigon bangkok jakarta manila lumpur selangor chennai hyderabad gujarat pune "
        "kolkata maharashtra punjab sao paulo janeiro bogota lima quito caracas buenos aires santiago".split(),
        0.28,
    ),
}
# Words for one thing: names translated by different hands hold either.
KIN = table("institute: institute academy; ocean: ocean marine maritime; ship: ship vessel")
HANGUL_WORDS = table(
    "chusik_hoesa: 주식회사; yuhan_hoesa: 유한회사; electronics: 전자; semiconductor: 반도체; motor: 자동차; group: 그룹; "
    "trading: 무역; bank: 은행; university: 대학교; institute: 연구소; industry: 산업; construction: 건설; korea: 한국"
)
# Letters of other scripts that look like Latin ones (both cases where both look alike).
LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮаеѕіјкорсухһԁԛԝвнмтΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχօսհոАꓮꓐꓔꓖꓝꓡꓧꓳꓴꓪꓰɑɡıɩⅼꞁⲟⲣⲥ",
    "ABESIJKMHOPCTYXYaesijkopcyxhdqwbhmtABEZHIKMNOPTYXabeikvoptyxouhnAABTGFLHOUWEagiillopc",
)
LEET = str.maketrans("01345", "oleas")
