// The labels in simplified Chinese, as a shop in China says them.
package io.saoma.till

import io.saoma.core.ListFilter

internal object ChineseTexts :
    Texts,
    PeopleTexts by ChinesePeopleTexts,
    ShiftTexts by ChineseShiftTexts,
    DayTexts by ChineseDayTexts,
    AnnouncingTexts by ChineseAnnouncingTexts,
    CounterTexts by ChineseCounterTexts,
    RefundTexts by ChineseRefundTexts {
    override val tag = "zh-CN"

    override val appName = "扫码收款"
    override val back = "返回"
    override val cancel = "取消"
    override val tryAgain = "重试"
    override val copy = "复制"
    override val copied = "已复制"
    override val share = "分享"
    override val loading = "正在加载"
    override val testMoney = "测试 · 不是真钱"
    override val testMoneySpoken = "测试账户，不是真钱"

    override val opening = "正在打开收款台"
    override val cannotOpen = "收款台打不开"

    override fun troubleCode(code: String) = "技术支持用：$code"

    override val giveKeyUp = "密钥已丢失，换新密钥"
    override val giveKeyUpQuestion = "确定原来的密钥找不回来了？"
    override val giveKeyUpExplained = "原密钥加密的账就读不出来了，文件会保留。重新配对后才能收款，还没发出的单也不再发出。如果密钥还在别处，请先取消。"

    override val pairTitle = "配对收款台"
    override val pairHow = "请负责人出示配对码，扫一扫；也可以把配对码下方的链接粘贴到这里。"
    override val pairLink = "配对链接"
    override val pairLinkHint = "saoma://pair?…"
    override val pairName = "本机名称"
    override val pairNameHint = "例如：2 号收银台"
    override val pairButton = "配对"
    override val pairing = "正在配对"
    override val pairScan = "扫配对码"
    override val pairAgain = "重新配对"

    override val scanPairing = "将配对码放入框内"
    override val scanReference = "将条码放入框内"
    override val typeInstead = "手动输入"
    override val cameraDenied = "没有相机权限。请在系统设置里允许本应用使用相机，或手动输入。"
    override val cameraAbsent = "本机没有相机，请手动输入。"
    override val cameraBusy = "相机暂时用不了。请关闭其他正在用相机的应用，或手动输入。"

    override val charge = "收款"
    override val toCollect = "待收"
    override val sales = "账单"
    override val more = "更多"

    override fun chargeAmount(amount: String) = "收款 ¥$amount"

    override val enterAmount = "请输入金额"
    override val ringingUp = "正在开单"
    override val quickAmounts = "快捷金额"
    override val deleteKey = "退格"
    override val clearKey = "清空"
    override val plusKey = "加"
    override val pointKey = "小数点"

    override fun keyedIn(typed: String) = "已输入：$typed"

    override val tooMuch = "超过了本机每单的上限"

    override val addDetails = "单号、备注"
    override val details = "这一单的信息"
    override val reference = "运单号或桌号"
    override val referenceHint = "收的是哪一笔"
    override val onlyOnce = "防止重复开单"
    override val onlyOnceWhy = "收款期间，同一单号或桌号不能再开第二单。"
    override val note = "备注"
    override val noteHint = "顾客看不到"
    override val descriptionLabel = "商品说明（顾客可见）"
    override val defaultDescription = "门店消费"
    override val done = "完成"

    override fun insteadOf(tail: String) = "代替尾号 $tail 的一单，那一单已不能再付"

    override fun tail(tail: String) = "尾号 $tail"

    override val codeSpoken = "付款二维码，请顾客扫码"
    override val amountSpoken = "金额"

    override fun leaves(seconds: Long) = "二维码还可用 ${seconds / 60}:${(seconds % 60).toString().padStart(2, '0')}"

    override fun checked(ago: String) = "${ago}核对过"

    override val notHeard = "还没有答复"

    override fun ago(seconds: Long) =
        when {
            seconds < 2 -> "刚刚"
            seconds < 60 -> "$seconds 秒前"
            seconds < 3_600 -> "${seconds / 60} 分钟前"
            seconds < 86_400 -> "${seconds / 3_600} 小时前"
            else -> "${seconds / 86_400} 天前"
        }

    override val freshCode = "换新码"
    override val checkNow = "立即核对"
    override val cancelSale = "取消收款"
    override val changeAmount = "改金额"
    override val changing = "一旦确认没有人能再付这个二维码，就会打开键盘，内容已经填好。"
    override val cancelQuestion = "取消这一单？"
    override val cancelExplained = "二维码会马上收起，然后核实没有人付过，也没有人还能付。"
    override val keepSale = "继续收款"
    override val changeQuestion = "改金额？"
    override val changeExplained = "会先收回这个二维码。确认没有人能再付之后，键盘会打开，内容已经填好。"
    override val showDetails = "详情"
    override val showCode = "显示二维码"
    override val newSale = "再收一笔"
    override val ringUpAgain = "重新开单"
    override val openOther = "查看那一单"
    override val largerCode = "放大二维码"
    override val smallerCode = "缩小二维码"
    override val copyCode = "复制二维码内容，粘贴到测试钱包"

    override val paidHeading = "已收款"
    override val nextSale = "下一笔"
    override val seen = "知道了"
    override val notPlayed = "语音没有播出来，请口头告诉顾客。"
    override val playing = "正在播报"
    override val playAgain = "再播一遍"
    override val receiptButton = "收据"

    override fun moreWaiting(count: Int) = "还有 $count 笔要看"

    override val alarmSeen = "我已看过"
    override val alarmSeenWhy = "没有人看过就会一直提醒。以后可以在账单的“警报”里找到。"
    override val lookAtSale = "查看这一单"

    override fun paidBy(time: String) = "付款时间 $time"

    override fun filter(filter: ListFilter?) =
        when (filter) {
            null -> "全部"
            ListFilter.OPEN -> "进行中"
            ListFilter.UNANSWERED -> "没有答复"
            ListFilter.ANSWERED -> "可付款"
            ListFilter.PAID -> "已收款"
            ListFilter.CLOSED -> "已关闭"
            ListFilter.VOID -> "没开成"
            ListFilter.ALARMED -> "警报"
            ListFilter.FOR_MANAGER -> "等店长"
            ListFilter.REFUNDING -> "退款中"
        }

    override val searchTail = "输入单号尾号"
    override val searchReference = "运单号、桌号或备注"
    override val clearSearch = "清除搜索"
    override val nothingFound = "没有找到"
    override val noSales = "还没有账单"
    override val nothingToCollect = "都收完了"
    override val loadingMore = "正在加载更多"

    override fun toCollectSum(
        count: Int,
        sum: String,
    ) = "$count 单，共 $sum"

    override val history = "经过"
    override val madeAt = "开单时间"
    override val paidAt = "付款时间"
    override val orderNo = "单号"
    override val parts = "明细"
    override val receipt = "收据"
    override val receiptExplained = "由商户签名，不用联网，任何人都能验证。"

    override val drafts = "旧草稿"
    override val draftsExplained = "没有网络时开的单，放得太久，不会自动发出。顾客还在吗？"
    override val noDrafts = "没有旧草稿"
    override val send = "发出"
    override val drop = "放弃"
    override val dropReason = "放弃的原因"
    override val dropReasons = listOf("顾客已离开", "已收现金", "开错了")
    override val dropExplained = "放弃之后没有人能付这一单，原因会留下记录。"

    override val day = "每日合计"
    override val today = "今天"
    override val dayBefore = "前一天"
    override val dayAfter = "后一天"
    override val thisTill = "本机"
    override val thisTillExplained = "按本机的收据，不用联网"
    override val wholeShop = "全商户"
    override val wholeShopExplained = "所有收款台，按后台的账"
    override val paidSum = "已收"
    override val lateSum = "其中迟到的款项"

    override fun payments(count: Int) = "$count 笔"

    override fun mismatched(count: Int) = "$count 单已冻结：款项不符"

    override fun asOf(time: String) = "截至 $time"

    override val settings = "设置"
    override val language = "语言 · Language"
    override val sound = "语音播报"
    override val soundWhy = "收到的款项用本机的语音读出来。"
    override val trySound = "试听"
    override val soundSample = "语音播报是这样的"
    override val soundHeard = "已播完"
    override val typeSize = "字体大小"

    override fun typeSize(size: TypeSize) =
        when (size) {
            TypeSize.NORMAL -> "标准"
            TypeSize.LARGE -> "大"
            TypeSize.HUGE -> "特大"
        }

    override val look = "外观"

    override fun look(look: Look) =
        when (look) {
            Look.SYSTEM -> "跟随系统"
            Look.LIGHT -> "浅色"
            Look.DARK -> "深色"
        }

    override val largeModules = "二维码尽量放大"
    override val largeModulesWhy = "屏幕有裂纹，或顾客离得远时用。"
    override val description = "商品说明（顾客可见）"
    override val quickAmountsWhy = "在键盘上点一下就收款，最多 12 个。"
    override val addQuickAmount = "添加金额"
    override val add = "添加"

    override fun remove(what: String) = "删除 $what"

    override val diagnosis = "诊断"
    override val diagnosisWhy = "给帮您解决问题的人看，里面没有机密。"
    override val merchant = "商户"
    override val store = "门店"
    override val device = "设备"
    override val backend = "后台"
    override val network = "网络"
    override val stream = "实时通知"
    override val lastHeard = "后台最近答复"
    override val serverTime = "后台时间"
    override val clockAhead = "本机时间"
    override val unproven = "还没有结果"
    override val journal = "流水"
    override val storage = "存储"
    override val deviceKey = "设备密钥"
    override val readOnly = "只能查看"
    override val lastTrouble = "最近的故障"
    override val leftAside = "没有采信的答复"
    override val version = "版本"
    override val yes = "是"
    override val no = "否"
    override val fine = "正常"
    override val checking = "正在检查"
    override val moneyKind = "款项"
    override val realMoney = "真钱"

    override fun sales(
        count: Int,
        sum: String,
    ) = "$count 单，$sum"

    override fun entries(count: Long) = "$count 条"

    override fun secondsAhead(seconds: Long) =
        when {
            seconds == 0L -> "准确"
            seconds > 0 -> "快 $seconds 秒"
            else -> "慢 ${-seconds} 秒"
        }
}
