// The app: one window with the till in it.

import SaomaTill
import SwiftUI

@main
struct SaomaApp: App {
    @State private var phone = Phone()

    var body: some Scene {
        WindowGroup {
            RootView(phone: phone)
        }
    }
}
