// The library for Android: the same sources as Maven's jar, with the native libraries of bindings/package-android and the R8 rules.
plugins {
    id("com.android.library") version "9.4.1"
}

android {
    namespace = "io.saoma"
    compileSdk = 35
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("../dist/consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].apply {
        manifest.srcFile("src/android/AndroidManifest.xml")
        jniLibs.srcDir("../dist/jniLibs")
    }
}

kotlin {
    explicitApi()
}

dependencies {
    api(project(":bindings"))
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}
