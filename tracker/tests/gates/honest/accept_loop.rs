//! honest; serve; other
pub fn serve(listener: &Listener) -> ! { loop { handle(listener.accept()); } }
