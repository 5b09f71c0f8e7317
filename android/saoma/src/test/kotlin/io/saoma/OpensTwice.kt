// An app that tells how opening its till went, for LibraryTest.
package io.saoma

import io.saoma.core.Language
import io.saoma.core.SaomaException
import java.io.File

suspend fun main(args: Array<String>) =
    repeat(2) {
        try {
            openTill(File(args[0])).close()
            println("it opened")
        } catch (error: SaomaException.Internal) {
            check(error.text(Language.CHINESE).isNotEmpty() && error.text(Language.ENGLISH).isNotEmpty())
            println(error.fault.code)
        }
    }
