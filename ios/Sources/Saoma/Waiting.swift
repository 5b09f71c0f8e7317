// How a call into the core is waited for. Every call that can fail goes by here, so that a library of another version is found out.

/// Waits for a call of the core. A cancelled task stops waiting at once and throws ``SaomaError/cancelled``; the call itself has
/// begun all the same and goes on to its end, so that nothing is left half-done.
func waiting<Answer: Sendable>(
    for call: @escaping @Sendable () async throws -> Answer
) async throws(SaomaError) -> Answer {
    try libraryMustGoWithSources()
    // A stream of one answer: its reader wakes up when it is cancelled, and a late answer is dropped with it.
    let (answers, answer) = AsyncStream.makeStream(of: Result<Answer, SaomaError>.self)
    Task {
        do {
            answer.yield(.success(try await call()))
        } catch {
            answer.yield(.failure(SaomaError(error)))
        }
        answer.finish()
    }
    // An answer that came before this task, cancelled already, began to wait would be handed out all the same.
    for await outcome in answers where !Task.isCancelled {
        return try outcome.get()
    }
    throw .cancelled
}

/// A call that only reads memory, with its error as one of ours.
func plainly<Answer>(_ call: () throws -> Answer) throws(SaomaError) -> Answer {
    try libraryMustGoWithSources()
    do {
        return try call()
    } catch {
        throw SaomaError(error)
    }
}
