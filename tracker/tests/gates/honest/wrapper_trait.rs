//! honest; Wheel::fmt; other
pub struct Wheel { slots: usize }
impl Display for Wheel { fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result { write!(f, "{}", self.slots) } }
