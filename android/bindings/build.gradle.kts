// The Kotlin that bindings/generate makes, and nothing else.
plugins {
    kotlin("jvm") version "2.4.21"
}

kotlin {
    jvmToolchain(17)
}

sourceSets.main {
    kotlin.srcDir("../../target/bindings/kotlin")
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core-jvm:1.11.0")
    // Its classes only: an app takes the same version's AAR, which has the native half for phones.
    compileOnly("net.java.dev.jna:jna:5.19.1")
}
