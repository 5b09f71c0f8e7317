// What a customer does with a payment code, in the double of WeChat Pay.
package io.saoma

/** A customer's payment code, good for a minute: one who has to type the password, or whose balance is so many fen. */
fun Shop.paymentCode(
    password: Boolean = false,
    balance: Long? = null,
): String = play("POST", "wallet-code", """{"password":$password,"balance":$balance}""").text("auth_code")

/** The customer types the password that a charged payment code asks for. */
fun Shop.customerTypesPassword(code: String) {
    play("POST", "pay", """{"auth_code":"$code"}""")
}
