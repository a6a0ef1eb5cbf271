# ruff: noqa: E501 (tables)
"""Word tables of the matcher, written for the product: legal forms, light words, spellings, look-alikes.

Everything here is data. A change of a table changes scores: raise `score.ENGINE` with it.
"""

from __future__ import annotations


def _table(text: str) -> dict[str, str]:
    """ "head: a b c; head2: d" as {a: head, b: head, c: head, d: head2}; "_" stands for a blank."""
    pairs: dict[str, str] = {}
    for group in text.split(";"):
        head, _, members = group.partition(":")
        for member in members.split():
            pairs[member.replace("_", " ")] = head.strip().replace("_", " ")
    return pairs


# Legal forms, by class: "private" a company with shares that are not traded, "stock" one with shares that may
# be, "partnership", "state" (state enterprise), "sole" and "any" (company as such).
LEGAL_ANYWHERE = _table(
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
LEGAL_AT_END = _table(
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
LEGAL_AT_START = _table(
    """
    private: ooo pt too tov cv;
    stock: ao oao zao pao pat zat jsc;
    state: fgup gup fgbu fgku;
    any: ip ik chp;
    """
)
# Spellings of one word: the head is what is compared.
SPELLINGS = _table(
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
        "tajikistan kyrgyzstan moldova nigeria kenya ghana algeria morocco tunisia libya sudan ethiopia belgium norge".split(),
        0.28,
    ),
}
# Chinese company words, longest first where they are looked up; traditional forms beside simplified ones.
# Legal forms map to what LEGAL_ANYWHERE knows.
HAN_WORDS = _table(
    """
    co_ltd: 有限公司 有限責任公司 有限责任公司; gufen_youxian_gongsi: 股份有限公司 股份公司; gongsi: 公司 企业 企業;
    kabushiki_kaisha: 株式会社 株式會社; group: 集团 集團; holding: 控股; technology: 科技 技术 技術 技研;
    university: 大学 大學; institute: 研究院 研究所 研究; academy: 科学院 科學院; science: 科学 科學;
    electronics: 电子 電子; semiconductor: 半导体 半導體; communications: 通信 通訊 通讯; information: 信息 資訊 资讯;
    network: 网络 網絡 網路; software: 软件 軟件 軟體; digital: 数码 數碼 数字 數字; intelligent: 智能;
    integrated_circuit: 集成电路 積體電路 集成電路; micro: 微; system: 系统 系統; equipment: 设备 設備;
    manufacturing: 制造 製造; industry: 工业 工業 实业 實業 产业 產業; trading: 贸易 貿易 商贸 商貿; international: 国际 國際;
    import_export: 进出口 進出口; investment: 投资 投資; development: 发展 發展 开发 開發; engineering: 工程;
    services: 服务 服務; energy: 能源; power: 电力 電力; aviation: 航空; aerospace: 航天; machinery: 机械 機械;
    instrument: 仪器 儀器 仪表; optical: 光学 光學 光电 光電; material: 材料; new_material: 新材料; chemical: 化工 化学 化學;
    pharmaceutical: 医药 醫藥 制药 製藥; biotechnology: 生物; logistics: 物流; transport: 运输 運輸; bank: 银行 銀行;
    management: 管理; computer: 计算机 計算機 电脑 電腦; cloud_computing: 云计算 雲計算; china: 中国 中國; hong_kong: 香港;
    taiwan: 台湾 台灣 臺灣; beijing: 北京; shanghai: 上海; shenzhen: 深圳; guangzhou: 广州 廣州; guangdong: 广东 廣東;
    dongguan: 东莞 東莞; hangzhou: 杭州; nanjing: 南京; wuhan: 武汉 武漢; chengdu: 成都; xian: 西安; tianjin: 天津;
    chongqing: 重庆 重慶; suzhou: 苏州 蘇州; wuxi: 无锡 無錫; ningbo: 宁波 寧波; xiamen: 厦门 廈門; dalian: 大连 大連;
    qingdao: 青岛 青島; jinan: 济南 濟南; harbin: 哈尔滨 哈爾濱; changsha: 长沙 長沙; hefei: 合肥; zhengzhou: 郑州 鄭州;
    shenyang: 沈阳 瀋陽; kunming: 昆明; fuzhou: 福州; zhuhai: 珠海; jiangsu: 江苏 江蘇; zhejiang: 浙江; sichuan: 四川;
    hubei: 湖北; hunan: 湖南; henan: 河南; hebei: 河北; shandong: 山东 山東; shanxi: 山西; shaanxi: 陕西 陝西; fujian: 福建;
    anhui: 安徽; liaoning: 辽宁 遼寧; jilin: 吉林; heilongjiang: 黑龙江 黑龍江; yunnan: 云南 雲南; xinjiang: 新疆;
    general: 总 總; national: 国家 國家; center: 中心; laboratory: 实验室 實驗室; plant: 厂 廠 工厂 工廠; branch: 分公司;
    branch: 支店; city: 市; province: 省; design: 设计 設計; security: 安全 安防; video: 视频 視頻; auto: 汽车 汽車;
    battery: 电池 電池; food: 食品; innovation: 创新 創新; storage: 存储 儲存; video: 视讯; construction: 建设 建設 建筑 建築
    """
)
HANGUL_WORDS = _table(
    "chusik_hoesa: 주식회사; yuhan_hoesa: 유한회사; electronics: 전자; semiconductor: 반도체; motor: 자동차; group: 그룹; "
    "trading: 무역; bank: 은행; university: 대학교; institute: 연구소; industry: 산업; construction: 건설; korea: 한국"
)
# Chinese brands whose English name is not their sound.
HAN_BRANDS = _table(
    """
    ZTE: 中兴通讯 中興通訊 中兴 中興; HiSilicon: 海思; DJI: 大疆; Hikvision: 海康威视 海康威視; Dahua: 大华技术 大华股份;
    SenseTime: 商汤 商湯; Megvii: 旷视 曠視; iFlytek: 科大讯飞 科大訊飛; Yitu: 依图 依圖; Yangtze_Memory: 长江存储 長江存儲;
    Cambricon: 寒武纪 寒武紀; Semiconductor_Manufacturing_International: 中芯国际 中芯國際; SMIC: 中芯;
    Shanghai_Micro_Electronics_Equipment: 上海微电子装备; Inspur: 浪潮; Sugon: 曙光; Phytium: 飞腾 飛騰; Loongson: 龙芯 龍芯;
    BGI: 华大基因 華大基因; Biren: 壁仞; Moore_Thread: 摩尔线程 摩爾線程; Zhipu: 智谱 智譜; Naura: 北方华创 北方華創;
    FiberHome: 烽火; CloudWalk: 云从 雲從; Qihoo: 奇虎; Hygon: 海光; CXMT: 长鑫 長鑫; Nuctech: 同方威视 同方威視;
    Sunway: 申威; Empyrean: 华大九天 華大九天; Wingtech: 闻泰 聞泰; Piotech: 拓荆 拓荊; Intellifusion: 云天励飞
    """
)
# Letters of other scripts that look like Latin ones (both cases where both look alike).
LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮаеѕіјкорсухһԁԛԝвнмтΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχօսհոАꓮꓐꓔꓖꓝꓡꓧꓳꓴꓪꓰɑɡıɩⅼꞁⲟⲣⲥ",
    "ABESIJKMHOPCTYXYaesijkopcyxhdqwbhmtABEZHIKMNOPTYXabeikvoptyxouhnAABTGFLHOUWEagiillopc",
)
LEET = str.maketrans("01345", "oleas")
