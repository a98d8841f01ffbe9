"""What people call things in zh and en: a quantity by a noun and a unit, or by two sentences where it is a truth."""

from collections.abc import Mapping
from typing import NamedTuple

from rules.sentence import Term

Both = Mapping[str, str]
"""Language -> words, in zh and en."""


class Noun(NamedTuple):
    """A quantity that is a number or a text."""

    zh: str
    en: str
    unit: str = ""


class Truth(NamedTuple):
    """A quantity that is true or false, said both ways."""

    zh: str
    en: str
    zh_not: str
    en_not: str


TRUTHS: Mapping[str, Truth] = {
    "smoke": Truth("探测到烟雾", "smoke is detected", "没有烟雾", "there is no smoke"),
    "heat_alarm": Truth("感温报警", "the heat alarm sounds", "感温不报警", "the heat alarm is quiet"),
    "gas_alarm": Truth("燃气报警", "the gas alarm sounds", "燃气不报警", "the gas alarm is quiet"),
    "co_alarm": Truth("一氧化碳报警", "the carbon monoxide alarm sounds", "一氧化碳不报警", "the CO alarm is quiet"),
    "flood": Truth("探头遇水", "the probe is wet", "探头干燥", "the probe is dry"),
    "tamper": Truth("设备被拆动", "the device is tampered with", "设备未被拆动", "nobody tampers with the device"),
    "fault": Truth("设备自报故障", "the device reports a fault", "设备无故障", "the device reports no fault"),
    "battery_low": Truth("设备自报电量低", "the device says its battery is low", "电量正常", "the battery is not low"),
    "test": Truth("有人按下测试键", "somebody presses the test key", "没有测试", "nobody tests it"),
    "door_open": Truth("门开着", "the door is open", "门关着", "the door is shut"),
    "window_open": Truth("窗开着", "the window is open", "窗关着", "the window is shut"),
    "motion": Truth("有人活动", "something moves", "无人活动", "nothing moves"),
    "occupied": Truth("房间有人", "somebody is in the room", "房间无人", "nobody is in the room"),
    "power_on": Truth("电源接通", "the power is on", "电源断开", "the power is off"),
    "valve_open": Truth("阀门开着", "the valve is open", "阀门关着", "the valve is shut"),
    "output_on": Truth("输出接通", "the output is on", "输出断开", "the output is off"),
    "light_on": Truth("灯亮着", "the light is on", "灯关着", "the light is off"),
    "fire_door_open": Truth("防火门开着", "the fire door is open", "防火门关着", "the fire door is shut"),
    "lift_fault": Truth("电梯故障", "the lift has a fault", "电梯正常", "the lift has no fault"),
    "person_trapped": Truth("有人困在电梯里", "somebody is trapped in the lift", "无人被困", "nobody is trapped"),
    "level_low": Truth("水箱水位过低", "the tank is nearly empty", "水箱水位正常", "the tank is full enough"),
    "valve_fault": Truth("表内阀门异常", "the meter's valve fails", "表内阀门正常", "the meter's valve works"),
    "safe": Truth("设备报告安全", "the device says it is safe", "设备报告不安全", "the device says it isn't safe"),
    "door_left_open": Truth("门忘了关", "the door was left open", "门没有忘关", "the door wasn't left open"),
    "counter_behind": Truth("数据的序号倒退", "the numbers of its messages went back", "数据的序号正常", "they go on"),
    "voltage_unbalanced": Truth("三相电压不平衡", "the phases differ in voltage", "三相电压平衡", "they are alike"),
    **{
        f"{name}_l{phase}": Truth(f"L{phase} {zh}", f"{en} L{phase}", f"L{phase} {zh_not}", f"{en_not} L{phase}")
        for phase in (1, 2, 3)
        for name, zh, en, zh_not, en_not in (
            ("undervoltage", "电压过低", "the voltage is too low on", "电压不过低", "the voltage isn't too low on"),
            ("overvoltage", "电压过高", "the voltage is too high on", "电压不过高", "the voltage isn't too high on"),
            ("overcurrent", "电流过大", "the current is too high on", "电流不过大", "the current isn't too high on"),
            ("phase_lost", "断相", "there is no voltage on", "未断相", "there is voltage on"),
        )
    },
    "reachable": Truth("桥接器说设备在线", "its bridge reaches it", "桥接器说设备失联", "its bridge says it is gone"),
    "vibration": Truth("有震动", "it is shaken", "没有震动", "it is still"),
    "passive_off": Truth("蓝牙只能主动扫描", "Bluetooth can only scan actively", "蓝牙正常监听", "Bluetooth listens"),
    "irregular_pulse": Truth("脉搏不齐", "the pulse is irregular", "脉搏整齐", "the pulse is regular"),
    "wearing": Truth("佩戴着设备", "the device is worn", "没有佩戴设备", "the device is not worn"),
    "line_babble": Truth("线路被占用", "a line is never quiet", "线路正常", "the line is quiet at times"),
    "line_echo": Truth("线路有回显", "a line hears itself", "线路无回显", "the line doesn't hear itself"),
    "line_late": Truth("设备应答过迟", "devices answer late", "应答及时", "devices answer in time"),
    "line_slow": Truth("轮询过慢", "a round of questions takes too long", "轮询及时", "a round is in time"),
    "line_stalled": Truth("线路无应答", "nobody on a line answers", "线路有应答", "the line answers"),
    "channel_missing": Truth("联系不上此人", "this person can't be reached", "有联系方式", "they can be reached"),
    "ladder_silent": Truth("有人没有收到通知", "somebody was not told", "应通知的人都已收到", "everybody was told"),
    "mains_lost": Truth("市电中断", "the mains are lost", "市电正常", "the mains are there"),
    "memory_low": Truth("内存不足", "memory runs short", "内存充足", "there is memory"),
    "overheated": Truth("网关过热", "the gateway is too hot", "网关不过热", "the gateway is not too hot"),
    "receipt_missing": Truth("平台未签收", "the platform confirms no alarm", "平台已签收", "the platform confirms"),
    "undervoltage": Truth("供电电压过低", "the supply voltage is too low", "供电正常", "the supply is right"),
    "port_down": Truth("传感器线路中断", "a sensor line is down", "线路正常", "the sensor line is up"),
    "uplink_down": Truth("平台连接中断", "the platform is not reached", "平台已连接", "the platform is reached"),
    "storage_fault": Truth("存储故障", "nothing can be written to the disk", "存储正常", "the disk is well"),
    "clock_unsynced": Truth("时钟未校准", "the clock is not set", "时钟已校准", "the clock is set"),
    "output_fault": Truth("输出设备故障", "a siren or valve doesn't obey", "输出正常", "sirens and valves obey"),
    "frame_set_aside": Truth("有输入被搁置", "an input was set aside", "没有搁置的输入", "no input is set aside"),
    "inbox_overrun": Truth("数据过多", "more came than could be taken in", "数据量正常", "all that comes is taken in"),
    "untested": Truth("传感器未经触发测试", "nobody has tested the sensor", "传感器已测试", "the sensor was tested"),
    "unsigned": Truth("传感器无测试签字", "nobody signed the sensor off", "传感器已签字", "somebody signed it off"),
    "broker_flood": Truth("消息服务器被淹没", "a broker is flooded", "消息服务器数据量正常", "no broker is flooded"),
    "driver_fault": Truth("驱动程序故障", "a driver fails", "驱动程序正常", "the driver works"),
    "site_refused": Truth("新的站点文件有误", "the site file was refused", "站点文件有效", "the site file is in use"),
    "duplicate_gateway": Truth("网关编号重复", "another gateway has the same id", "网关编号唯一", "the id is its own"),
    "gateway_lost": Truth("传感器失去网关", "the sensor has lost the gateway", "传感器连着网关", "it has the gateway"),
}

NOUNS: Mapping[str, Noun] = {
    "button": Noun("按钮", "the button"),
    "gas_lel_pct": Noun("燃气浓度", "the gas concentration", "%LEL"),
    "co_ppm": Noun("一氧化碳浓度", "the carbon monoxide concentration", "ppm"),
    "smoke_obscuration_pct_m": Noun("烟雾减光率", "the obscuration by smoke", "%/m"),
    "temperature_c": Noun("温度", "the temperature", "°C"),
    "supply_temperature_c": Noun("供水温度", "the supply temperature", "°C"),
    "return_temperature_c": Noun("回水温度", "the return temperature", "°C"),
    "humidity_pct": Noun("湿度", "the humidity", "%"),
    "pressure_kpa": Noun("压力", "the pressure", "kPa"),
    "co2_ppm": Noun("二氧化碳浓度", "the carbon dioxide concentration", "ppm"),
    "illuminance_lx": Noun("照度", "the light", "lx"),
    "flow_m3_h": Noun("流量", "the flow", "m³/h"),
    "power_w": Noun("功率", "the power", "W"),
    "voltage_v": Noun("电压", "the voltage", "V"),
    "current_a": Noun("电流", "the current", "A"),
    "power_factor": Noun("功率因数", "the power factor"),
    "frequency_hz": Noun("频率", "the frequency", "Hz"),
    "battery_pct": Noun("电量", "the battery's charge", "%"),
    "battery_days": Noun("电池剩余天数", "the number of days left for the battery"),
    "battery_v": Noun("电池电压", "the battery's voltage", "V"),
    "rssi_dbm": Noun("信号强度", "the signal", "dBm"),
    "uptime_s": Noun("运行时间", "the time since the device started", "s"),
    "alarms_waiting": Noun("待确认的报警数", "the number of alarms that wait"),
    "water_m3": Noun("水", "water", "m³"),
    "hot_water_m3": Noun("热水", "hot water", "m³"),
    "gas_m3": Noun("燃气", "gas", "m³"),
    "volume_m3": Noun("水量", "water", "m³"),
    "heat_kwh": Noun("热量", "heat", "kWh"),
    "energy_kwh": Noun("电", "electricity", "kWh"),
    "energy_export_kwh": Noun("上网电量", "exported electricity", "kWh"),
    "energy_net_kwh": Noun("净电量", "net electricity", "kWh"),
    "blood_pressure_systolic_mmhg": Noun("收缩压", "the systolic blood pressure", "mmHg"),
    "blood_pressure_diastolic_mmhg": Noun("舒张压", "the diastolic blood pressure", "mmHg"),
    "blood_pressure_mean_mmhg": Noun("平均压", "the mean blood pressure", "mmHg"),
    "pulse_bpm": Noun("脉搏", "the pulse", "/min"),
    "pulse_interval_s": Noun("心跳间隔", "the time between two beats", "s"),
    "spo2_pct": Noun("血氧饱和度", "the oxygen saturation", "%"),
    "perfusion_pct": Noun("灌注指数", "the perfusion", "%"),
    "body_temperature_c": Noun("体温", "the body temperature", "°C"),
    "user_number": Noun("用户编号", "the number of the user"),
    "measured_at": Noun("测量时间", "the time of the measurement"),
    "firmware": Noun("固件版本", "the firmware"),
    "model": Noun("型号", "the model"),
    "hardware": Noun("硬件版本", "the hardware"),
    "reset_cause": Noun("重启原因", "the reason of the last restart"),
}

BUTTONS: Mapping[str, Both] = {
    "press": {"zh": "短按", "en": "a press"},
    "long_press": {"zh": "长按", "en": "a long press"},
    "double_press": {"zh": "双按", "en": "a double press"},
}
MODES: Mapping[str, Both] = {
    "home": {"zh": "在家", "en": "home"},
    "away": {"zh": "外出", "en": "away"},
    "night": {"zh": "夜间", "en": "night"},
    "maintenance": {"zh": "维护", "en": "maintenance"},
    "hospital": {"zh": "住院", "en": "hospital"},
}
ACTS: Mapping[str, Both] = {
    "siren": {"zh": "鸣响警号", "en": "sounds the siren"},
    "strobe": {"zh": "点亮闪灯", "en": "lights the strobe"},
    "close-gas-valve": {"zh": "关闭燃气阀", "en": "shuts the gas valve"},
    "close-water-valve": {"zh": "关闭总水阀", "en": "shuts the water valve"},
    "release-doors": {"zh": "释放门禁", "en": "releases the doors"},
}
DAYS: Mapping[str, Both] = {
    "mon": {"zh": "周一", "en": "Mon"},
    "tue": {"zh": "周二", "en": "Tue"},
    "wed": {"zh": "周三", "en": "Wed"},
    "thu": {"zh": "周四", "en": "Thu"},
    "fri": {"zh": "周五", "en": "Fri"},
    "sat": {"zh": "周六", "en": "Sat"},
    "sun": {"zh": "周日", "en": "Sun"},
    "workday": {"zh": "工作日", "en": "workdays"},
    "free": {"zh": "休息日", "en": "days off"},
    "holiday": {"zh": "节假日", "en": "holidays"},
}
SEVERITIES: Mapping[str, Both] = {
    "emergency": {"zh": "紧急", "en": "emergency"},
    "urgent": {"zh": "重要", "en": "urgent"},
    "warning": {"zh": "一般", "en": "warning"},
    "notice": {"zh": "提示", "en": "notice"},
}
"""The gravest first; whatever names a severity to a person takes its word from here."""
LADDERS: Mapping[str, Both] = {
    "life-safety": {"zh": "生命安全", "en": "life-safety"},
    "welfare": {"zh": "关怀", "en": "welfare"},
    "ask-first": {"zh": "先问住户", "en": "ask-first"},
    "property": {"zh": "物业处理", "en": "property"},
    "household": {"zh": "住户提示", "en": "household"},
    "are-you-ok": {"zh": "您还好吗", "en": "are-you-ok"},
    "maintenance": {"zh": "维护", "en": "maintenance"},
}

_UNITS = ((86400.0, "天", "day"), (3600.0, "小时", "hour"), (60.0, "分钟", "minute"))


def noun(quantity: str) -> Noun:
    """Of any quantity; one of somebody's own driver is called as it is."""
    plain, _, phase = quantity.partition("_l")
    found = NOUNS.get(quantity) or (NOUNS.get(plain) if phase in ("1", "2", "3") else None)
    if found is None:
        return Noun(quantity, quantity)
    return found._replace(zh=f"{found.zh}（L{phase}）", en=f"{found.en} of L{phase}") if phase.isdigit() else found


def amount(value: float, unit: str) -> str:
    """A number with its unit, such as 10 %LEL."""
    return f"{value:g} {unit}".rstrip()


def lasting(seconds: float, language: str) -> str:
    """A duration in words: 10 minutes, 1 小时 30 分钟."""
    words, rest = [], round(seconds, 3)
    for size, zh, en in _UNITS:
        count = int(rest // size) if size < 86400.0 or seconds > 2 * size else 0
        rest -= count * size
        if count:
            words.append(f"{count} {zh}" if language == "zh" else f"{count} {en}{'s' * (count > 1)}")
    if rest or not words:
        words.append(f"{rest:g} 秒" if language == "zh" else f"{rest:g} second{'s' * (rest != 1)}")
    return " ".join(words)


def how_long(seconds: float) -> Term:
    """The same, to be put into a sentence of either language."""
    return Term(lasting(seconds, "en"), lasting(seconds, "zh"))
