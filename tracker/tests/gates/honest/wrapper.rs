//! honest; publish; other
pub fn publish(subject: &str) -> Result<(), Error> { publish_with(subject, &[]) }
