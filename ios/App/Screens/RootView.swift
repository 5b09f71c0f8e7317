// The first view: the till opens, is open, or says why it cannot be.

import SaomaTill
import SwiftUI

/// The till in the language and the looks that are set, kept up to date about the phone, and covered where others could look on.
struct RootView: View {
    let phone: Phone
    @Environment(\.scenePhase) private var phase
    @Environment(\.isSceneCaptured) private var isCaptured
    @State private var isShownAllTheSame = false

    var body: some View {
        stage
            .overlay { cover }
            .environment(\.language, settings.language)
            .environment(\.locale, settings.language.locale)
            .preferredColorScheme(settings.settings.appearance.scheme)
            .dynamicTypeSize((settings.settings.largeType ? DynamicTypeSize.accessibility1 : .xSmall)...)
            .task { await phone.till.run() }
            .task {
                for await there in networkChanges() { await phone.till.network(there) }
            }
            .onChange(of: phase, initial: true) { phaseChanged() }
            // A pairing code that the system's camera read: filled in, for a person to decide about.
            .onOpenURL { phone.till.open(link: $0.absoluteString) }
            .onChange(of: isCaptured) { isShownAllTheSame = false }
    }

    @ViewBuilder private var stage: some View {
        switch phone.till.stage {
        case .opening:
            OpeningView()
        case .shut(let fault):
            ShutView(phone: phone, fault: fault)
        case .open(let till):
            TillView(till: till)
                .task { await phone.notices.run(till.announcements) }
        }
    }

    @ViewBuilder private var cover: some View {
        if phone.display.isGuarded {
            if phase != .active {
                CoverView(showAllTheSame: nil)
            } else if isCaptured, !isShownAllTheSame {
                CoverView { isShownAllTheSame = true }
            }
        }
    }

    private var settings: SettingsModel {
        phone.till.settings
    }

    private func phaseChanged() {
        phone.display.appIsInFront(phase == .active)
        if phase == .background {
            if case .open(let till) = phone.till.stage { phone.notices.appLeft(till) }
        }
        Task {
            await phone.till.foreground(phase != .background)
            if phase == .active { await phone.notices.appCame() }
        }
    }
}

extension Appearance {
    fileprivate var scheme: ColorScheme? {
        switch self {
        case .phone: nil
        case .light: .light
        case .dark: .dark
        }
    }
}

/// What others see in the place of a code or a link: among the recent apps, and on a screen that is recorded or mirrored.
private struct CoverView: View {
    /// For who mirrors the screen on purpose, such as to a display for customers.
    let showAllTheSame: (@MainActor () -> Void)?

    var body: some View {
        VStack(spacing: 16) {
            Image(systemName: "eye.slash").font(.largeTitle).accessibilityHidden(true)
            if let showAllTheSame {
                Text("cover.captured").multilineTextAlignment(.center)
                Button("cover.show", action: showAllTheSame).buttonStyle(.bordered)
            }
        }
        .padding()
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .background(.background)
    }
}
