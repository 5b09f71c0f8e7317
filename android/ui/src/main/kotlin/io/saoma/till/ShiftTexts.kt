// What the screens say about shifts, and about slips of paper.
package io.saoma.till

import io.saoma.core.Movement
import io.saoma.core.Paper

internal interface ShiftTexts {
    val shifts: String
    val noShift: String
    val noShiftWhy: String
    val noShifts: String
    val openShift: String
    val closeShift: String
    val inDrawer: String
    val inDrawerWhy: String
    val cashCounted: String
    val cashCountedWhy: String
    val closeWithoutCount: String
    val closeShiftWhy: String
    val cashExpected: String
    val cashDifference: String
    val notCounted: String
    val exactly: String
    val learnedLater: String
    val learnedLaterWhy: String
    val stillOpen: String
    val openedAt: String
    val closedAt: String
    val slip: String
    val toFile: String
    val olderShifts: String

    fun shiftNo(no: Int): String

    fun over(amount: String): String

    fun short(amount: String): String

    fun movement(movement: Movement): String

    fun paper(paper: Paper): String
}

internal object ChineseShiftTexts : ShiftTexts {
    override val shifts = "班次"
    override val noShift = "现在没有开着的班次"
    override val noShiftWhy = "不开班也能收款；开班后，交班时会算好本班的账和应有现金。"
    override val noShifts = "还没有班次"
    override val openShift = "开班"
    override val closeShift = "交班"
    override val inDrawer = "备用金"
    override val inDrawerWhy = "现在钱箱里有多少现金？没有就填 0。"
    override val cashCounted = "清点现金"
    override val cashCountedWhy = "数一数钱箱里的现金，连备用金一起。"
    override val closeWithoutCount = "不清点，直接交班"
    override val closeShiftWhy = "交班后本班的账就封存，不能再改；以后才有结果的单会另记在下面。"
    override val cashExpected = "应有现金"
    override val cashDifference = "差额"
    override val notCounted = "没有清点"
    override val exactly = "正好"
    override val learnedLater = "交班后的变化"
    override val learnedLaterWhy = "本班的单后来才有的结果，不在上面的合计里。"
    override val stillOpen = "还没有交班"
    override val openedAt = "开班"
    override val closedAt = "交班"
    override val slip = "小票"
    override val toFile = "存为文件"
    override val olderShifts = "以前的班次"

    override fun shiftNo(no: Int) = "第 $no 班"

    override fun over(amount: String) = "多 ¥$amount"

    override fun short(amount: String) = "少 ¥$amount"

    override fun movement(movement: Movement) =
        when (movement) {
            Movement.PAID -> "已收款"
            Movement.CASH -> "现金"
            Movement.REFUNDED -> "已退款"
            Movement.CASH_REFUNDED -> "现金退回"
            Movement.ENDED -> "没有付款就结束"
        }

    override fun paper(paper: Paper) =
        when (paper) {
            Paper.MM58 -> "58 毫米"
            Paper.MM80 -> "80 毫米"
        }
}

internal object EnglishShiftTexts : ShiftTexts {
    override val shifts = "Shifts"
    override val noShift = "No shift is open"
    override val noShiftWhy = "The till sells without one; with one, its close adds the shift up and says what cash should be there."
    override val noShifts = "No shift yet"
    override val openShift = "Open a shift"
    override val closeShift = "Close the shift"
    override val inDrawer = "Cash in the drawer"
    override val inDrawerWhy = "How much cash is in the drawer now? 0 if there is none."
    override val cashCounted = "Cash counted"
    override val cashCountedWhy = "Count all the cash in the drawer, with what was there at the start."
    override val closeWithoutCount = "Close without counting"
    override val closeShiftWhy =
        "Once closed, the shift's sums are sealed and never change; what is learned later is told below them."
    override val cashExpected = "Cash expected"
    override val cashDifference = "Difference"
    override val notCounted = "not counted"
    override val exactly = "exact"
    override val learnedLater = "Learned after the close"
    override val learnedLaterWhy = "What became of this shift's sales later; in none of the sums above."
    override val stillOpen = "still open"
    override val openedAt = "Opened"
    override val closedAt = "Closed"
    override val slip = "Slip"
    override val toFile = "To a file"
    override val olderShifts = "Earlier shifts"

    override fun shiftNo(no: Int) = "Shift $no"

    override fun over(amount: String) = "¥$amount too much"

    override fun short(amount: String) = "¥$amount too little"

    override fun movement(movement: Movement) =
        when (movement) {
            Movement.PAID -> "Paid"
            Movement.CASH -> "Cash"
            Movement.REFUNDED -> "Given back"
            Movement.CASH_REFUNDED -> "Cash given back"
            Movement.ENDED -> "Ended without money"
        }

    override fun paper(paper: Paper) =
        when (paper) {
            Paper.MM58 -> "58 mm"
            Paper.MM80 -> "80 mm"
        }
}
