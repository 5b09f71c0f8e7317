/// The till's screens as models: all that a screen shows and does, without drawing any of it.
@_exported public import Saoma
