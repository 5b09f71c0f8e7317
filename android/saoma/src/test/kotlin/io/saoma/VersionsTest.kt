// The Gradle files, which are never run where this project is tested, and the README say the same versions as Maven's.
package io.saoma

import org.junit.jupiter.api.Test
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class VersionsTest {
    private val maven = File("../pom.xml").readText()

    private fun version(property: String): String =
        checkNotNull(Regex("<$property>([^<]+)</$property>").find(maven)) { "pom.xml has no $property" }.groupValues[1]

    @Test
    fun `gradle and the README build with the versions that Maven builds with`() {
        val files = listOf("../bindings/build.gradle.kts", "../saoma/build.gradle.kts", "../README.md")
        val gradle = files.joinToString("\n") { File(it).readText() }
        val said =
            mapOf(
                "kotlin.version" to """kotlin\("jvm"\) version "([^"]+)"""",
                "coroutines.version" to """org\.jetbrains\.kotlinx:[a-z-]+:([\d.]+)""",
                "jna.version" to """net\.java\.dev\.jna:jna:([\d.]+)""",
                "android.min" to """minSdk = (\d+)""",
                "android.compile" to """compileSdk = (\d+)""",
                "maven.compiler.release" to """(?:jvmToolchain\(|VERSION_)(\d+)""",
            )
        for ((property, pattern) in said) {
            val versions = Regex(pattern).findAll(gradle).map { it.groupValues[1] }.toSet()
            assertEquals(setOf(version(property)), versions, property)
        }
        assertTrue("../dist/consumer-rules.pro" in gradle && File("../dist/consumer-rules.pro").exists())
    }
}
