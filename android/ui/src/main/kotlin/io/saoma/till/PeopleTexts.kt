// What the screens say about who is at the till.
package io.saoma.till

internal interface PeopleTexts {
    val people: String
    val signIn: String
    val signOut: String
    val tapYourName: String
    val changePerson: String
    val signInFirst: String
    val noPeople: String
    val signInOffline: String
    val managerSignsIn: String
    val managerSignsInWhy: String
    val noManagers: String

    /** `owner`, `manager`, `cashier`, `courier`; any other as it is. */
    fun role(role: String): String

    fun signedIn(
        name: String,
        role: String,
    ): String

    fun until(time: String): String

    fun managerIsIn(name: String): String

    fun pinOf(name: String): String

    fun digitsEntered(count: Int): String

    fun triesLeft(count: Int): String

    fun lockedFor(seconds: Long): String
}

internal object ChinesePeopleTexts : PeopleTexts {
    override val people = "人员"
    override val signIn = "登录"
    override val signOut = "退出登录"
    override val tapYourName = "点您的名字，再输密码。"
    override val changePerson = "换人登录"
    override val signInFirst = "请先登录，才能收款"
    override val noPeople = "商户还没有登记人员。请负责人在后台添加。"
    override val signInOffline = "密码由后台核对，登录需要网络。已开的单都保存着，会自动继续。"
    override val managerSignsIn = "店长登录"
    override val managerSignsInWhy = "请店长在本机登录后决定，办完请退出。"
    override val noManagers = "商户没有登记店长。"

    override fun role(role: String) =
        when (role) {
            "owner" -> "老板"
            "manager" -> "店长"
            "cashier" -> "收银员"
            "courier" -> "配送员"
            else -> role
        }

    override fun signedIn(
        name: String,
        role: String,
    ) = "$name · ${role(role)}"

    override fun until(time: String) = "登录到 $time"

    override fun managerIsIn(name: String) = "$name 还登录着本机，办完请退出"

    override fun pinOf(name: String) = "${name}的密码"

    override fun digitsEntered(count: Int) = "已输入 $count 位"

    override fun triesLeft(count: Int) = if (count == 0) "不能再试了，请过一会儿，或请店长重设密码。" else "还可以试 $count 次。"

    override fun lockedFor(seconds: Long) = "错的次数太多，${clock(seconds)} 后再试，或请店长重设密码。"
}

internal object EnglishPeopleTexts : PeopleTexts {
    override val people = "People"
    override val signIn = "Sign in"
    override val signOut = "Sign out"
    override val tapYourName = "Tap your name, then enter your PIN."
    override val changePerson = "Someone else signs in"
    override val signInFirst = "Sign in first, to sell"
    override val noPeople = "The merchant has named nobody yet. The person in charge adds people at the backend."
    override val signInOffline = "The backend checks PINs, so signing in needs a network. What was rung up is kept and goes on by itself."
    override val managerSignsIn = "A manager signs in"
    override val managerSignsInWhy = "A manager signs in here to decide, and signs out when done."
    override val noManagers = "The merchant has named no manager."

    override fun role(role: String) =
        when (role) {
            "owner" -> "Owner"
            "manager" -> "Manager"
            "cashier" -> "Cashier"
            "courier" -> "Courier"
            else -> role
        }

    override fun signedIn(
        name: String,
        role: String,
    ) = "$name · ${role(role)}"

    override fun until(time: String) = "Signed in until $time"

    override fun managerIsIn(name: String) = "$name is still signed in here: sign out when done"

    override fun pinOf(name: String) = "PIN of $name"

    override fun digitsEntered(count: Int) = if (count == 1) "1 digit entered" else "$count digits entered"

    override fun triesLeft(count: Int) =
        when (count) {
            0 -> "No more tries. Wait a while, or ask a manager for a new PIN."
            1 -> "One more try."
            else -> "$count more tries."
        }

    override fun lockedFor(seconds: Long) = "Too many wrong PINs. Try again in ${clock(seconds)}, or ask a manager for a new one."
}

/** `4:05`. */
private fun clock(seconds: Long) = "${seconds / 60}:${(seconds % 60).toString().padStart(2, '0')}"
