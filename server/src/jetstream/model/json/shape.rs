//! What JSON is expected to look like.

/// An object with fields, as Go declares it.
#[derive(Debug)]
pub struct Struct {
    /// The name of the type, which mistakes are reported with.
    pub name: &'static str,
    /// A type whose fields are its own too, and the name of that field.
    pub embedded: Option<(&'static str, &'static Self)>,
    /// Its own fields.
    pub fields: &'static [Field],
}

/// A field and what it holds.
#[derive(Debug)]
pub struct Field(pub &'static str, pub Shape);

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `string`
    Text,
    /// `bool`
    Flag,
    /// `int`
    Int,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint64`
    Uint64,
    /// `time.Duration`
    Duration,
    /// `time.Time`
    Time,
    /// `*time.Time`
    OptionalTime,
    /// One of several words.
    Choice(&'static Choice),
    /// `[]string`
    Texts,
    /// `[]uint64`
    Uint64s,
    /// `[]time.Duration`
    Durations,
    /// `map[string]string`
    TextMap,
    /// `map[string]uint64`
    Uint64Map,
    /// An object.
    Object(&'static Struct),
    /// A pointer to an object.
    Optional(&'static Struct),
    /// Objects.
    Objects(&'static Struct),
    /// Pointers to objects.
    Optionals(&'static Struct),
}

/// Words of which one is expected.
#[derive(Debug)]
pub struct Choice {
    /// The JSON of each and what it means.
    pub words: &'static [(&'static str, &'static str)],
    /// Whether case makes no difference.
    pub any_case: bool,
    /// What is said of anything else.
    pub refusal: Refusal,
}

/// What is said of a word that is not among those expected.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// `can not unmarshal` and the JSON in quotes.
    Quoted,
    /// This and the JSON.
    Raw(&'static str),
    /// This; anything but text is refused as such first.
    Plain(&'static str),
}

impl Struct {
    /// The field called `name`, in any case, and what it is embedded in.
    pub(super) fn field(&self, name: &str) -> Option<(Option<&'static str>, &'static Field)> {
        let find = |fields: &'static [Field]| {
            let exact = fields.iter().find(|field| field.0 == name);
            exact.or_else(|| fields.iter().find(|field| is_same_folded(field.0, name)))
        };
        if let Some(field) = find(self.fields) {
            return Some((None, field));
        }
        let (of, embedded) = self.embedded?;
        Some((Some(of), find(embedded.fields)?))
    }
}

/// Whether two names are the same but for case. Two letters beyond ASCII are
/// variants of ones in it.
fn is_same_folded(left: &str, right: &str) -> bool {
    let folded = |char: char| match char {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        char => char.to_ascii_lowercase(),
    };
    left.chars().map(folded).eq(right.chars().map(folded))
}

impl Shape {
    /// The name of the type in Go.
    pub(super) fn type_name(self) -> String {
        let name = match self {
            Self::Text => "string",
            Self::Flag => "bool",
            Self::Int => "int",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Duration => "time.Duration",
            Self::Time | Self::OptionalTime => "time.Time",
            Self::Choice(_) => "string",
            Self::Texts => "[]string",
            Self::Uint64s => "[]uint64",
            Self::Durations => "[]time.Duration",
            Self::TextMap => "map[string]string",
            Self::Uint64Map => "map[string]uint64",
            Self::Object(of) | Self::Optional(of) => return format!("server.{}", of.name),
            Self::Objects(of) => return format!("[]server.{}", of.name),
            Self::Optionals(of) => return format!("[]*server.{}", of.name),
        };
        name.to_owned()
    }

    /// What the elements of a list are.
    pub(super) const fn element(self) -> Option<Self> {
        Some(match self {
            Self::Texts => Self::Text,
            Self::Uint64s => Self::Uint64,
            Self::Durations => Self::Duration,
            Self::Objects(of) => Self::Object(of),
            Self::Optionals(of) => Self::Optional(of),
            _ => return None,
        })
    }

    /// What the values of a map are.
    pub(super) const fn map_value(self) -> Option<Self> {
        Some(match self {
            Self::TextMap => Self::Text,
            Self::Uint64Map => Self::Uint64,
            _ => return None,
        })
    }

    /// Least and greatest number.
    pub(super) const fn range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Int | Self::Int64 | Self::Duration => (i64::MIN as i128, i64::MAX as i128),
            Self::Int32 => (i32::MIN as i128, i32::MAX as i128),
            Self::Uint64 => (0, u64::MAX as i128),
            _ => return None,
        })
    }
}
