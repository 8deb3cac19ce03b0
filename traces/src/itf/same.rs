//! Is a JSON text a given value? Answered while reading, so that the text's own value is never built.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Does the text say this value? Nothing stands twice in it, and the order of keys does not matter.
pub(crate) fn same(value: &Value, text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    Same(value).deserialize(&mut reader).is_ok_and(|same| same && reader.end().is_ok())
}

struct Same<'v>(&'v Value);

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Same<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(*self.0 == value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        Ok(*self.0 == value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        Ok(*self.0 == value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<bool, E> {
        Ok(*self.0 == value)
    }

    fn visit_str<E>(self, value: &str) -> Result<bool, E> {
        Ok(*self.0 == value)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(self.0.is_null())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<bool, A::Error> {
        let mut same = self.0.is_array();
        for expected in self.0.as_array().into_iter().flatten() {
            same = same && access.next_element_seed(Same(expected))?.unwrap_or(false);
        }
        while access.next_element::<IgnoredAny>()?.is_some() {
            same = false;
        }
        Ok(same)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<bool, A::Error> {
        let mut missing: Vec<(&String, &Value)> = self.0.as_object().into_iter().flatten().collect();
        let mut same = self.0.is_object();
        while let Some(key) = access.next_key::<String>()? {
            match missing.iter().position(|(name, _)| **name == key).filter(|_| same) {
                Some(at) => same = access.next_value_seed(Same(missing.swap_remove(at).1))?,
                None => {
                    access.next_value::<IgnoredAny>()?;
                    same = false;
                }
            }
        }
        Ok(same && missing.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_and_nothing_else() {
        let value = json!({ "a": [1, -2, "x", true, null], "b": { "c": {} } });
        for text in [value.to_string(), r#" {"b":{"c":{}},"a":[1,-2,"\u0078",true,null]} "#.to_string()] {
            assert!(same(&value, &text), "{text}");
        }
        for text in [
            "",
            "{}",
            "[]",
            r#"{"a":[1,-2,"x",true,null]}"#,
            r#"{"a":[1,-2,"x",true],"b":{"c":{}}}"#,
            r#"{"a":[1,-2,"x",true,null,null],"b":{"c":{}}}"#,
            r#"{"a":[1,-2,"x",true,null],"b":{"c":[]}}"#,
            r#"{"a":[1,-2,"x",true,null],"b":{"c":{}},"b":{"c":{}}}"#,
            r#"{"a":[1,-2,"x",true,null],"b":{"c":{}},"d":0}"#,
            r#"{"a":[1,2,"x",true,null],"b":{"c":{}}}"#,
            r#"{"a":[1,-2,"y",true,null],"b":{"c":{}}}"#,
            r#"{"a":[1,-2,"x",true,null],"b":{"c":{}}} x"#,
        ] {
            assert!(!same(&value, text), "{text}");
        }
    }
}
