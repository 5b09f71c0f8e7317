// The camera's picture, upright however the phone is held.

import AVFoundation
import SwiftUI
import UIKit

/// Shows what a camera sees.
struct CameraPicture: UIViewRepresentable {
    let camera: Camera

    func makeUIView(context: Context) -> PictureView {
        PictureView(camera)
    }

    func updateUIView(_ view: PictureView, context: Context) {}
}

/// A view with the picture as a layer, which turns and grows with it.
final class PictureView: UIView {
    private let picture: AVCaptureVideoPreviewLayer

    init(_ camera: Camera) {
        picture = AVCaptureVideoPreviewLayer(session: camera.session)
        super.init(frame: .zero)
        picture.videoGravity = .resizeAspectFill
        layer.addSublayer(picture)
    }

    @available(*, unavailable)
    required init?(coder: NSCoder) {
        nil
    }

    override func layoutSubviews() {
        super.layoutSubviews()
        picture.frame = bounds
        if let connection = picture.connection, connection.isVideoRotationAngleSupported(angle) {
            connection.videoRotationAngle = angle
        }
    }

    /// A back camera's picture is upright in the phone's right landscape.
    private var angle: CGFloat {
        switch window?.windowScene?.interfaceOrientation {
        case .landscapeRight: 0
        case .landscapeLeft: 180
        case .portraitUpsideDown: 270
        default: 90
        }
    }
}
