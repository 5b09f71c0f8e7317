// What the screens say about when the till is quiet.
package io.saoma.till

internal interface AnnouncingTexts {
    val quietHours: String
    val quietHoursWhy: String
    val quietFrom: String
    val quietUntil: String
    val leastSaid: String
    val leastSaidHint: String
    val leastSaidWhy: String
    val timeHint: String
    val keepAnnouncing: String
    val keptAnnouncing: String
}

internal object ChineseAnnouncingTexts : AnnouncingTexts {
    override val quietHours = "安静时段"
    override val quietHoursWhy = "这段时间不出声，只在屏幕上显示，按商户当地时间。可以跨过半夜。"
    override val quietFrom = "从"
    override val quietUntil = "到"
    override val leastSaid = "低于多少元不播报"
    override val leastSaidHint = "全部播报"
    override val leastSaidWhy = "迟到的款项和款项不符，不管多少都会播报。"
    override val timeHint = "22:00"
    override val keepAnnouncing = "保存播报设置"
    override val keptAnnouncing = "已保存"
}

internal object EnglishAnnouncingTexts : AnnouncingTexts {
    override val quietHours = "Quiet hours"
    override val quietHoursWhy = "Nothing is said aloud then, only shown; by the merchant's clock. They may lie across midnight."
    override val quietFrom = "From"
    override val quietUntil = "Until"
    override val leastSaid = "Say nothing below"
    override val leastSaidHint = "Everything is said"
    override val leastSaidWhy = "Late money and money that does not match are said however small they are."
    override val timeHint = "22:00"
    override val keepAnnouncing = "Keep these"
    override val keptAnnouncing = "Kept"
}
