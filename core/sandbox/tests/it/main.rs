//! The sandbox from outside: real sockets, a client that signs, a receiver of notifications, the double's clock moved by
//! hand.

mod control;
mod faults;
mod judged;
mod keeping;
mod notifications;
mod orders;
mod play;
mod road;
mod starting;
mod wallet;
mod wire;
