// Reading a code with the camera.

import SaomaTill
import SwiftUI
import UIKit

/// The camera's picture, or why there is none. Whoever would rather type gets back.
struct ScanView: View {
    let model: ScanModel
    @State private var camera: Camera?
    @State private var isLit = false
    @Environment(\.openURL) private var openURL

    var body: some View {
        ZStack {
            switch model.state {
            case .off: EmptyView()
            case .looking: picture
            case .unavailable(let why): missing(why)
            }
        }
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .background(.black)
        .safeAreaInset(edge: .bottom) {
            BottomActions {
                if model.state != .looking {
                    Button("scan.again") { model.start() }.buttonStyle(.bordered)
                }
                if let camera, Camera.hasLamp {
                    Button("scan.light", systemImage: isLit ? "flashlight.on.fill" : "flashlight.off.fill") {
                        isLit.toggle()
                        camera.light(isLit)
                    }
                    .buttonStyle(.bordered)
                    .accessibilityAddTraits(isLit ? .isSelected : [])
                }
                if model.wanted == .paymentCode {
                    Button("scan.stop", systemImage: "xmark") { model.stop() }.buttonStyle(.borderedProminent)
                } else {
                    Button("scan.type", systemImage: "keyboard") { model.stop() }.buttonStyle(.borderedProminent)
                }
            }
        }
    }

    private var picture: some View {
        ZStack {
            if let camera {
                CameraPicture(camera: camera).accessibilityHidden(true)
            }
            VStack {
                Text(aim)
                    .padding(8)
                    .background(.regularMaterial, in: .capsule)
                    .padding()
                Spacer()
            }
        }
        .task { await look() }
    }

    private var aim: LocalizedStringKey {
        switch model.wanted {
        case .pairingLink: "scan.pairing"
        case .reference: "scan.reference"
        case .paymentCode: "scan.payment"
        }
    }

    private func missing(_ why: NoCamera) -> some View {
        VStack(spacing: 16) {
            Image(systemName: "video.slash").font(.largeTitle).accessibilityHidden(true)
            switch why {
            case .denied:
                Text("scan.denied")
                if let settings = URL(string: UIApplication.openSettingsURLString) {
                    Button("scan.open_settings") { openURL(settings) }.buttonStyle(.bordered)
                }
            case .absent: Text("scan.absent")
            case .busy: Text("scan.busy")
            }
        }
        .multilineTextAlignment(.center)
        .foregroundStyle(.white)
        .padding()
    }

    private func look() async {
        let camera = Camera(model.wanted)
        self.camera = camera
        defer { (self.camera, isLit) = (nil, false) }
        async let looking: Void = camera.look()
        for await sighting in camera.sightings {
            switch sighting {
            case .unavailable(let why): model.unavailable(why)
            // Apart from this view's task, which ends as soon as a text is taken.
            case .read(let text): Task { await model.read(text) }
            }
        }
        await looking
    }
}
