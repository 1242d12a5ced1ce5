//! What a pickle describes, as plain values that refer to each other by number. Nothing in here can be called.

/// Number of a value.
pub(super) type Id = u32;

/// The names that a checkpoint of the older program needs. All of them stay names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`.
    RebuildTensor,
    /// `torch.FloatStorage`.
    FloatStorage,
    /// A storage of numbers of another kind.
    OtherStorage,
    /// What numpy's arrays and scalars in the replay memory are made with.
    Numpy,
    /// `_codecs.encode`, by which protocol 2 spells bytes.
    Encode,
}

impl Name {
    /// The name, if it is one of those known.
    pub fn of(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch", "FloatStorage") => Self::FloatStorage,
            (
                "torch",
                "DoubleStorage" | "HalfStorage" | "BFloat16Storage" | "LongStorage" | "IntStorage" | "ShortStorage"
                | "CharStorage" | "ByteStorage" | "BoolStorage",
            ) => Self::OtherStorage,
            ("numpy", "ndarray" | "dtype") => Self::Numpy,
            ("numpy._core.multiarray" | "numpy.core.multiarray", "_reconstruct" | "scalar") => Self::Numpy,
            ("_codecs", "encode") => Self::Encode,
            _ => return None,
        })
    }
}

/// A value of a pickle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// `None`, `True` or `False`: nothing here depends on which.
    Singleton,
    /// A whole number.
    Whole(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, where it lies in the file.
    Text(&'a str),
    /// A tuple: where its items begin, and how many they are.
    Tuple(u32, u32),
    /// A list, by its number.
    List(u32),
    /// A dictionary, by its number.
    Dict(u32),
    /// A name.
    Name(Name),
    /// What Python would have called, and with which arguments.
    Call(Name, Id),
    /// What lies outside the pickle: a tuple that says where.
    Outside(Id),
}

/// A whole pickle.
#[derive(Debug, Default)]
pub(super) struct Pickle<'a> {
    pub(super) values: Vec<Value<'a>>,
    /// Items of all tuples.
    pub(super) items: Vec<Id>,
    pub(super) lists: Vec<Vec<Id>>,
    pub(super) dicts: Vec<Vec<(Id, Id)>>,
    /// What the pickle is.
    pub(super) root: Id,
}

impl<'a> Pickle<'a> {
    /// The value of that number.
    pub fn value(&self, id: Id) -> Value<'a> {
        self.values[id as usize]
    }

    /// The items of a tuple.
    pub fn tuple(&self, id: Id) -> Option<&[Id]> {
        match self.value(id) {
            Value::Tuple(from, count) => Some(&self.items[from as usize..(from + count) as usize]),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn list(&self, id: Id) -> Option<&[Id]> {
        match self.value(id) {
            Value::List(list) => Some(&self.lists[list as usize]),
            _ => None,
        }
    }

    /// Keys and values of a dictionary.
    pub fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.value(id) {
            Value::Dict(dict) => Some(&self.dicts[dict as usize]),
            _ => None,
        }
    }

    /// What a dictionary holds under a key: the last if it was set several times.
    pub fn get(&self, dict: &[(Id, Id)], key: &str) -> Option<Id> {
        dict.iter().rev().find(|(name, _)| self.value(*name) == Value::Text(key)).map(|(_, value)| *value)
    }

    /// A whole number that is not negative.
    pub fn whole(&self, id: Id) -> Option<usize> {
        match self.value(id) {
            Value::Whole(number) => number.try_into().ok(),
            _ => None,
        }
    }
}

/// Whether bytes begin like a pickle of protocol 2 or newer.
pub(super) fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..])
}
