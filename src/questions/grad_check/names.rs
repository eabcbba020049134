//! The names of inputs as people write their gradients: W, dW, grad_W, W.grad.

/// The input that a key means, as its place among the names.
pub fn input_of(key: &str, names: &[&str]) -> Option<usize> {
    let is = |wanted: &str| names.iter().position(|name| *name == wanted);
    let bare = key.trim();
    if let Some(input) = is(bare) {
        return Some(input);
    }
    let ways = [
        bare.strip_suffix(".grad"),
        bare.strip_suffix("_grad"),
        bare.strip_prefix("grad_"),
        bare.strip_prefix("d_"),
        bare.strip_prefix("d"),
        bare.strip_prefix("∂"),
    ];
    ways.into_iter().flatten().find_map(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_is_written_in_several_ways() {
        let names = ["W", "b", "data"];
        for key in ["W", "dW", "grad_W", "W.grad", "W_grad", "d_W", "∂W"] {
            assert_eq!(input_of(key, &names), Some(0), "{key}");
        }
        assert_eq!(input_of("data", &names), Some(2));
        assert_eq!(input_of("ddata", &names), Some(2));
        assert_eq!(input_of("V", &names), None);
    }
}
