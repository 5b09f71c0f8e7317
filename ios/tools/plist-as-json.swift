// Prints a property list as JSON, in whichever of Apple's forms it is: Xcode's projects are in the oldest.
import Foundation

let list = try PropertyListSerialization.propertyList(
    from: Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])), format: nil)
print(String(decoding: try JSONSerialization.data(withJSONObject: list), as: UTF8.self))
