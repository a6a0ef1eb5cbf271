# ruff: noqa: E501 (tables)
"""Chinese names: company words in English, numbers in digits, brands by their own English name, the rest in pinyin.

The tables are in simplified characters; a text in traditional ones is folded first. Data: a change of a table
changes scores, so `score.ENGINE` rises with it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from anyascii import anyascii

from .words import table

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007]+")
PLACES = table(
    """
    china: 中国 中华; hong_kong: 香港; macau: 澳门; taiwan: 台湾; beijing: 北京; shanghai: 上海; shenzhen: 深圳;
    guangzhou: 广州; guangdong: 广东; dongguan: 东莞; hangzhou: 杭州; nanjing: 南京; wuhan: 武汉; chengdu: 成都; xian: 西安;
    tianjin: 天津; chongqing: 重庆; suzhou: 苏州; wuxi: 无锡; ningbo: 宁波; xiamen: 厦门; dalian: 大连; qingdao: 青岛;
    jinan: 济南; harbin: 哈尔滨; changsha: 长沙; hefei: 合肥; zhengzhou: 郑州; shenyang: 沈阳; kunming: 昆明; fuzhou: 福州;
    zhuhai: 珠海; foshan: 佛山; jiangsu: 江苏; zhejiang: 浙江; sichuan: 四川; hubei: 湖北; hunan: 湖南; henan: 河南;
    hebei: 河北; shandong: 山东; shanxi: 山西; shaanxi: 陕西; fujian: 福建; anhui: 安徽; liaoning: 辽宁; jilin: 吉林;
    heilongjiang: 黑龙江; yunnan: 云南; xinjiang: 新疆; tibet: 西藏; inner_mongolia: 内蒙古; guangxi: 广西; guizhou: 贵州;
    guiyang: 贵阳; nanchang: 南昌; jiangxi: 江西; gansu: 甘肃; lanzhou: 兰州; ningxia: 宁夏; yinchuan: 银川; qinghai: 青海;
    xining: 西宁; hainan: 海南; haikou: 海口; sanya: 三亚; taiyuan: 太原; shijiazhuang: 石家庄; urumqi: 乌鲁木齐; lhasa: 拉萨;
    hohhot: 呼和浩特; nanning: 南宁; changchun: 长春; luoyang: 洛阳; mianyang: 绵阳; yantai: 烟台; weihai: 威海; wenzhou: 温州;
    changzhou: 常州; nantong: 南通; yangzhou: 扬州; xuzhou: 徐州; zhenjiang: 镇江; jiaxing: 嘉兴; shaoxing: 绍兴; jinhua: 金华;
    taizhou: 台州 泰州; huzhou: 湖州; quanzhou: 泉州; zhangzhou: 漳州; zhongshan: 中山; huizhou: 惠州; jiangmen: 江门;
    shantou: 汕头; zhanjiang: 湛江; guilin: 桂林; liuzhou: 柳州; zunyi: 遵义; baotou: 包头; baoding: 保定; tangshan: 唐山;
    langfang: 廊坊; handan: 邯郸; xiangyang: 襄阳; yichang: 宜昌; zhuzhou: 株洲; xiangtan: 湘潭; hengyang: 衡阳;
    yueyang: 岳阳; wuhu: 芜湖; bengbu: 蚌埠; maanshan: 马鞍山; jiujiang: 九江; jingdezhen: 景德镇; zibo: 淄博; weifang: 潍坊;
    linyi: 临沂; jining: 济宁; baoji: 宝鸡; xianyang: 咸阳; kunshan: 昆山; yiwu: 义乌; pudong: 浦东; binhai: 滨海; hetian: 和田;
    kashgar: 喀什; changji: 昌吉; aksu: 阿克苏; hotan: 和田; turpan: 吐鲁番; karamay: 克拉玛依; anshan: 鞍山; dandong: 丹东;
    fushun: 抚顺; qiqihar: 齐齐哈尔; daqing: 大庆; leshan: 乐山; deyang: 德阳; yibin: 宜宾; ningde: 宁德; asia: 亚洲;
    asia_pacific: 亚太; europe: 欧洲; america: 美国 美洲; japan: 日本; germany: 德国; russia: 俄罗斯; singapore: 新加坡; malaysia: 马来西亚;
    thailand: 泰国; vietnam: 越南; india: 印度; korea: 韩国; iran: 伊朗; pakistan: 巴基斯坦; dubai: 迪拜; yangtze: 长江;
    yellow_river: 黄河; pearl_river: 珠江; northwest: 西北; southwest: 西南; northeast: 东北; southeast: 东南; north_china: 华北;
    east_china: 华东; south_china: 华南; central_china: 华中; eastern: 东部; western: 西部; southern: 南方 南部; northern: 北方 北部;
    eastern: 东方
    """
)
FORMS = table(
    """
    co_ltd: 有限公司 有限责任公司; gufen_youxian_gongsi: 股份有限公司 股份公司; corporation: 集团公司 总公司;
    gongsi: 公司 企业; kabushiki_kaisha: 株式会社; co_ltd: 有限合伙
    """
)
TRADE = table(
    """
    group: 集团; holding: 控股; technology: 科技 技术 技研; science_and_technology: 科学技术; university: 大学; college: 学院;
    school: 学校; institute: 研究所 研究院 研究总院; academy: 科学院; research: 研究; research_center: 研究中心;
    design_institute: 设计院 设计研究院; academy_of_sciences: 社会科学院; chinese_academy_of_sciences: 中国科学院 中科院;
    science: 科学 科研; scientific: 科学仪器; electronics: 电子; microelectronics: 微电子; optoelectronics: 光电子 光电;
    power_electronics: 电力电子; electronic_information: 电子信息; electronics_technology: 电子科技; university_of_electronic_science_and_technology: 电子科技大学;
    semiconductor: 半导体; communications: 通信 通讯; telecommunications: 电信 电讯; information: 信息 资讯; information_technology: 信息技术;
    network: 网络; internet: 互联网; software: 软件; hardware: 硬件; digital: 数码 数字; digital_technology: 数字技术; data: 数据;
    big_data: 大数据; intelligent: 智能; artificial_intelligence: 人工智能; robot: 机器人; integrated_circuit: 集成电路 积体电路;
    circuit: 电路; chip: 芯片; wafer: 晶圆; micro: 微; nano: 纳米; system: 系统; equipment: 设备 装备 器材; device: 器件 装置 终端;
    component: 元件 元器件 组件; parts: 配件 零件 零部件; machine: 机器; machinery: 机械 机电; manufacturing: 制造; production: 生产;
    processing: 加工; industry: 工业 实业 产业; heavy_industry: 重工 重工业; light_industry: 轻工; trading: 贸易 商贸 经贸; commerce: 商业 商务;
    foreign_trade: 外贸; import_export: 进出口; import: 进口; export: 出口; international: 国际; investment: 投资; capital: 资本;
    asset_management: 资产管理; fund: 基金; finance: 金融 财务; insurance: 保险; securities: 证券; bank: 银行; trust: 信托; leasing: 租赁;
    development: 发展 开发; construction: 建设 建筑 建工; engineering: 工程; engineering_physics: 工程物理; services: 服务; consulting: 咨询; management: 管理;
    energy: 能源; new_energy: 新能源; power: 电力 动力; electric: 电气 电器; electric_power: 电力; nuclear: 核 核能 核电; nuclear_power: 核电;
    nuclear_industry: 核工业; solar: 太阳能 光伏; wind_power: 风电 风力; battery: 电池; petroleum: 石油; petrochemical: 石化 石油化工; oil: 油品;
    natural_gas: 天然气; gas: 燃气 气体; coal: 煤炭 煤; mining: 矿业; minerals: 矿产; metal: 金属; nonferrous_metals: 有色金属; steel: 钢铁 钢;
    iron: 铁; aluminum: 铝业 铝; copper: 铜业; silicon: 硅 硅业; rare_earth: 稀土; titanium: 钛业; material: 材料; new_material: 新材料;
    composite_material: 复合材料; chemical: 化工 化学; chemical_industry: 化学工业; rubber: 橡胶; plastic: 塑料 塑胶; glass: 玻璃; paper: 造纸 纸业; cement: 水泥;
    pharmaceutical: 医药 制药 药业; medical: 医疗; medical_devices: 医疗器械; hospital: 医院; biotechnology: 生物 生物科技 生物技术; gene: 基因; genomics: 基因组;
    health: 健康; food: 食品; agriculture: 农业; fishery: 渔业 水产; ocean_fishing: 远洋渔业; textile: 纺织; garment: 服装 服饰; hair_products: 发制品;
    accessories: 饰品; furniture: 家具; printing: 印刷; packaging: 包装; toys: 玩具; logistics: 物流; supply_chain: 供应链; transport: 运输; shipping: 航运 船务 海运 船运;
    freight_forwarding: 货运代理 货运; express: 快递; warehouse: 仓储; storage: 存储 储存; memory: 内存; aviation: 航空; aerospace: 航天 宇航; aeronautics_and_astronautics: 航空航天;
    aircraft: 飞机; commercial_aircraft: 商用飞机; aero_engine: 航空发动机 航发; engine: 发动机; helicopter: 直升机; unmanned_aerial_vehicle: 无人机;
    rocket: 火箭; launch_vehicle: 运载火箭; satellite: 卫星; navigation: 导航; space: 空间; aerospace_information: 空天信息; propulsion: 推进 动力;
    aerodynamics: 空气动力; missile: 导弹; weapon: 武器 兵器; north_industries: 北方工业; military: 军事 军工; defense: 国防; national_defense: 国防科技; national_university_of_defense_technology: 国防科技大学 国防科学技术大学;
    university_of_science_and_technology_of_china: 中国科学技术大学; university_of_technology: 理工大学;
    china_national_nuclear: 中国核工业; china_general_nuclear_power: 中国广核; china_electronics: 中国电子信息产业;
    china_north_industries: 中国兵器工业 中国北方工业; china_south_industries: 中国兵器装备; china_state_shipbuilding: 中国船舶工业;
    china_shipbuilding_industry: 中国船舶重工; china_academy_of_engineering_physics: 中国工程物理研究院;
    academy_of_spaceflight_technology: 航天技术研究院; security: 安全 安防 保安;
    cyber_security: 网络安全; police: 警用 警察 公安; public_security: 公安; ship: 船舶; shipbuilding: 造船 船舶工业 船舶重工; shipyard: 船厂; marine: 海洋 海事; ocean: 海洋; port: 港口 港务;
    railway: 铁路 铁道; railway_construction: 铁建 铁道建筑; rail_transit: 轨道交通; locomotive: 机车; vehicle: 车辆; auto: 汽车; motor: 电机 马达; road: 公路; bridge: 桥梁; highway: 高速公路;
    communications_construction: 交通建设; transportation: 交通; dredging: 疏浚; harbor: 港湾; airport: 机场; instrument: 仪器 仪表; measurement: 测量 计量; metrology: 计量;
    test: 测试 试验 检测; testing: 检测; control: 控制; automatic_control: 自动控制; automation: 自动化; precision: 精密; precision_machinery: 精密机械; tool: 工具; machine_tool: 机床; numerical_control: 数控;
    mold: 模具; valve: 阀门; pump: 泵业; bearing: 轴承; cable: 电缆 线缆; fiber: 光纤 纤维; optical: 光学; optical_fiber_cable: 光纤光缆; laser: 激光; infrared: 红外; photoelectric: 光电; optics_and_fine_mechanics: 光学精密机械;
    radar: 雷达; radio: 无线电; wireless: 无线; antenna: 天线; microwave: 微波; radio_frequency: 射频; acoustics: 声学; vacuum: 真空; cryogenic: 低温; superconducting: 超导; quantum: 量子;
    sensor: 传感器 传感; video: 视频 视讯; image: 图像; vision: 视觉; display: 显示; audio: 音频; voice: 语音; television: 电视; broadcasting: 广播; film: 影视 电影; media: 传媒 媒体; culture: 文化;
    advertising: 广告; education: 教育; training: 培训; publishing: 出版; sports: 体育; travel: 旅行 旅游; hotel: 酒店; real_estate: 房地产 置业 地产; property: 物业; computer: 计算机 电脑;
    computing: 计算; supercomputing: 超级计算 超算; cloud_computing: 云计算; cloud: 云; computing_technology: 计算技术; server: 服务器; physics: 物理; mathematics: 数学; mechanics: 力学;
    physical_sciences: 物质科学; geology: 地质; geophysics: 地球物理; exploration: 勘探 勘察; surveying: 测绘; survey: 测绘; remote_sensing: 遥感; environment: 环境 环保; environmental_protection: 环保; water: 水务 水; water_conservancy: 水利; meteorology: 气象;
    posts_and_telecommunications: 邮电; post: 邮政; mobile: 移动; mobile_communications: 移动通信; united: 联合; general: 总 通用 综合; national: 国家 国营 全国; state: 国有; public: 公共; people: 人民; liberation_army: 解放军; civil: 民用; commercial: 商用 商业;
    central: 中央; center: 中心; national_laboratory: 国家实验室 国家研究中心; key_laboratory: 重点实验室; laboratory: 实验室; plant: 厂 工厂 总厂; branch: 分公司 支店 分院; office: 办事处; department: 部; bureau: 局; administration: 管理局 总局; committee: 委员会; commission: 委员会;
    association: 协会; society: 学会; federation: 联合会; union: 联盟; alliance: 联盟; foundation: 基金会; museum: 博物馆; city: 市; province: 省; district: 区; county: 县; autonomous_region: 自治区; zone: 园区 开发区; park: 产业园 园区;
    free_trade_zone: 保税区 自贸区; corps: 兵团; production_and_construction_corps: 生产建设兵团; design: 设计; innovation: 创新; advanced: 先进; new: 新; modern: 现代; future: 未来; global: 全球 环球; world: 世界; universal: 通用; great_wall: 长城;
    special: 特种 特殊; professional: 专业; applied: 应用; application: 应用; comprehensive: 综合; polytechnical: 理工 工业大学; science_and_engineering: 理工; normal: 师范; institute_of_technology: 工业大学 理工大学; forestry: 林业; medicine: 医科 医学; sciences: 科学;
    jiao_tong: 交通大学; engineering_technology: 工程技术; electrical: 电气; e_commerce: 电子商务; game: 游戏; payment: 支付; brand: 品牌; sales: 销售; distribution: 分销; retail: 零售; store: 商店; supermarket: 超市; and: 与 及 和 暨; red: 红; gold: 黄金; jewelry: 珠宝; diamond: 钻石;
    home_appliance: 家电; lighting: 照明; led: 发光二极管; ceramics: 陶瓷; carbon: 碳 炭素; graphite: 石墨; carbon_fiber: 碳纤维; fiberglass: 玻纤; polysilicon: 多晶硅; crystal: 晶体 水晶; semiconductor_equipment: 半导体设备; packaging_test: 封测; foundry: 铸造; forging: 锻造; welding: 焊接; heat_treatment: 热处理; thermal: 热; boiler: 锅炉; turbine: 汽轮机 涡轮; generator: 发电机; transformer: 变压器; hydropower: 水电; grid: 电网; state_grid: 国家电网;
    aviation_industry: 航空工业; aerospace_science_and_industry: 航天科工; aerospace_science_and_technology: 航天科技; ordnance: 兵器; information_industry: 信息产业; high_technology: 高新技术 高科技; high_tech: 高新; technical_services: 技术服务
    """
)
# Chinese brands whose English name is not their sound.
BRANDS = table(
    """
    ZTE: 中兴通讯 中兴; HiSilicon: 海思; DJI: 大疆; Hikvision: 海康威视; Dahua: 大华; SenseTime: 商汤; Megvii: 旷视; iFlytek: 科大讯飞 讯飞;
    Yitu: 依图; Yangtze_Memory: 长江存储; Cambricon: 寒武纪; Semiconductor_Manufacturing_International: 中芯国际 中芯国际集成电路制造; SMIC: 中芯; Inspur: 浪潮;
    Sugon: 曙光; Dawning: 曙光信息; Phytium: 飞腾; Loongson: 龙芯; BGI: 华大基因; Biren: 壁仞; Moore_Thread: 摩尔线程; Zhipu: 智谱; Naura: 北方华创;
    FiberHome: 烽火; CloudWalk: 云从; Qihoo: 奇虎; Qihoo_360: 三六零; Hygon: 海光; CXMT: 长鑫; Nuctech: 同方威视; Sunway: 申威; Empyrean: 华大九天;
    Wingtech: 闻泰; Piotech: 拓荆; Intellifusion: 云天励飞; Cloudminds: 达闼; Hubble: 哈勃; Xiaomi: 小米; Lenovo: 联想; Alibaba: 阿里巴巴; Tencent: 腾讯;
    Baidu: 百度; Bytedance: 字节跳动; Haier: 海尔; Hisense: 海信; Skyworth: 创维; Gree: 格力; Midea: 美的; BYD: 比亚迪; Geely: 吉利; Chery: 奇瑞; Nio: 蔚来;
    Xpeng: 小鹏; Contemporary_Amperex: 宁德时代; BOE: 京东方; Tianma: 天马; Unigroup: 紫光; Unisoc: 展锐; Goodix: 汇顶; Hwatsing: 华海清科; ACM_Research: 盛美;
    AMEC: 中微半导体 中微; COSCO: 中远海运 中远; Sinopec: 中石化; Sinochem: 中化; CNOOC: 中海油; China_National_Offshore_Oil: 中国海洋石油; CNPC: 中石油; Cofco: 中粮; CRRC: 中车; CCCC: 中交;
    Norinco: 北方工业; Comac: 中国商飞; AVIC: 中航 中航工业; CASIC: 航天科工; CETC: 电科 中电科; CEC: 中国电子; Chalco: 中铝; Minmetals: 五矿; Baosteel: 宝钢;
    Tsinghua: 清华; Peking_University: 北京大学; Beihang: 北京航空航天 北航; Northwestern_Polytechnical: 西北工业; Harbin_Institute_of_Technology: 哈尔滨工业大学; Beijing_Institute_of_Technology: 北京理工大学;
    Sun_Yat_Sen: 中山大学;
    Jiaotong: 交通大学; Esquel: 溢达; Hoshine: 合盛; Daqo: 大全; Longi: 隆基; Jinko: 晶科; Trina: 天合; Ultrasonic: 超声; Kunlun: 昆仑; Meiya_Pico: 美亚柏科; Pico: 柏科; Uniview: 宇视;
    TP_Link: 普联; Hytera: 海能达; Quectel: 移远; Sanan: 三安; Goertek: 歌尔; Luxshare: 立讯; Foxconn: 富士康; MediaTek: 联发科; TSMC: 台积电; UMC: 联电; Innolux: 群创; Acer: 宏碁; Asus: 华硕;
    Ant_Group: 蚂蚁; Didi: 滴滴; Meituan: 美团; NetEase: 网易; Sina: 新浪; Kuaishou: 快手; Hesai: 禾赛; RoboSense: 速腾; Unitree: 宇树; Ubtech: 优必选; EHang: 亿航; QuantumCTek: 国盾 国盾量子
    """
)
WORDS = {**PLACES, **TRADE, **FORMS}
LONGEST = max(len(word) for word in WORDS)
CITY_SUFFIX = re.compile("(?<=[\u4e00-\u9fff]{2})[市省](?!场)")  # 深圳市 is 深圳, 福建省 is 福建
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
NUMBER = re.compile(
    "第([零〇一二三四五六七八九十百两]+)|([零〇一二三四五六七八九]{2,})(?=[研所厂院〇基])|([零〇一二三四五六七八九]{3,})"
)
Part = tuple[str, str]  # the word as compared, as written


@cache
def _folding() -> object:
    import opencc  # its tables load slowly and most processes never meet Chinese

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """The text in simplified characters."""
    return str(_folding().convert(text))  # type: ignore[attr-defined]


@lru_cache(maxsize=16_384)
def parts(text: str, *, person: bool) -> tuple[Part, ...]:
    """A run of characters as words: known ones by the tables, numbers in digits, the rest in pinyin.

    `person`: two to four characters that may be a person's name are a surname and a given name.
    """
    plain = CITY_SUFFIX.sub("", simplified(text))
    found: list[Part] = []
    at = 0
    for match in NUMBER.finditer(plain):
        found += _words(plain[at : match.start()])
        found.append((_number(next(group for group in match.groups() if group)), match.group()))
        at = match.end()
    known = _words(plain[at:], tail=bool(found))
    if not found and person and 2 <= len(plain) <= 4 and not any(shown in WORDS for _, shown in known):
        return tuple(_pinyin(plain[0]) + _pinyin(plain[1:]))
    return tuple(found + known)


def branded(text: str) -> list[str]:
    """The text with a brand in it by its English name, one reading a brand, the longest brand first."""
    plain = simplified(text)
    found = sorted((brand for brand in BRANDS if brand in plain), key=lambda brand: (-len(brand), brand))
    return [plain.replace(brand, f" {BRANDS[brand]} ") for brand in found[:3]]


def _words(text: str, *, tail: bool = False) -> list[Part]:
    """The cut into words that leaves the fewest characters unknown and, of such, has the fewest words."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # unknown, words, where the last word starts
    for end in range(1, len(text) + 1):
        unknown, count, _ = best[end - 1]
        candidates = [(unknown + 1, count, end - 1)]
        for size in range(min(LONGEST, end), 0, -1):
            if text[end - size : end] in WORDS and (size > 1 or _alone(text, end, tail)):
                unknown, count, _ = best[end - size]
                candidates.append((unknown, count + 1, end - size))
        best.append(min(candidates))
    cuts: list[tuple[int, int, bool]] = []
    end = len(text)
    while end:
        start = best[end][2]
        cuts.append((start, end, text[start:end] in WORDS and (end - start > 1 or _alone(text, end, tail))))
        end = start
    found: list[Part] = []
    rest = ""
    for start, end, known in reversed(cuts):
        if not known:
            rest += text[start:end]
            continue
        found += _pinyin(rest)
        rest = ""
        found += [(word, text[start:end]) for word in WORDS[text[start:end]].split()]
    return found + _pinyin(rest)


def _alone(text: str, end: int, tail: bool) -> bool:
    """One character may be part of a brand (微 in 微芯): a word of its own only at the end of a name, or "and"."""
    return (end == len(text) and (end > 2 or tail)) or (
        text[end - 1] in "与及和暨" and 1 < end < len(text) - 1
    )


def _number(text: str) -> str:
    """A Chinese number in digits: 十四 is 14, 七一六 is 716, 二十 is 20."""
    if not set(text) & set("十百"):
        return str(int("".join(str(DIGITS[c]) for c in text)))
    total = current = 0
    for c in text:
        if c in "十百":
            total += max(current, 1) * (10 if c == "十" else 100)
            current = 0
        else:
            current = DIGITS[c]
    return str(total + current)


def _pinyin(text: str) -> list[Part]:
    if not text:
        return []
    from pypinyin import lazy_pinyin  # its tables load slowly too

    sounds = "".join(anyascii(s).lower() for s in lazy_pinyin(text)).replace("v", "u")
    folded = re.sub(r"[^a-z0-9]+", "", sounds)
    return [(folded, text)] if folded else []
