//! `gradus run`: programs with values, in the sandbox.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

fn run(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(env!("CARGO_BIN_EXE_gradus"))
        .arg("run")
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/run"))
        .output()?)
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_notebook_goes_on_after_a_cell_that_fails() -> Outcome {
    let output = run(&["cells.ipynb"])?;
    assert_eq!(output.status.code(), Some(1), "{}", complaint(&output));
    assert_eq!(
        out(&output),
        "Out: torch.Size([1, 2, 4, 4])\n\
         tensor(14., grad_fn=<SumBackward0>)\n\
         Out: tensor([2., 4., 6.])\n\
         before\n\
         Traceback (most recent call last):\n  \
         File \"cells.ipynb, cell 4\", line 6, in <module>\n    ratio(1, 0)\n  \
         File \"cells.ipynb, cell 4\", line 2, in ratio\n    return a / b\n\
         ZeroDivisionError: division by zero\n\
         Out: tensor([0., 0., 0.], requires_grad=True)\n"
    );
    let output = run(&["cells.ipynb", "--stop", "--json"])?;
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout)?;
    let statuses: Vec<_> = json["cells"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cell| cell["status"].as_str())
        .collect();
    assert_eq!(statuses, ["ran", "ran", "failed", "not-run"]);
    assert_eq!(json["cells"][2]["failure"]["class"], "ZeroDivisionError");
    assert_eq!(json["cells"][2]["failure"]["line"], 2);
    Ok(())
}

#[test]
fn files_beside_the_program_are_imported() -> Outcome {
    let output = run(&["affine.py"])?;
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert_eq!(out(&output), "mine_V.shape=torch.Size([3, 5]) True True\n");
    let output = run(&["wrong/affine.py"])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains(
            "RuntimeError: Function ScaledAffineBackward returned an invalid gradient at index 1 - got [5, 3] but \
             expected shape compatible with [3, 5]"
        ),
        "{}",
        out(&output)
    );
    // A module given by hand takes the place of the one beside.
    let output = run(&["wrong/affine.py", "--module", "hw4.answers=hw4/answers.py"])?;
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    Ok(())
}

#[test]
fn a_net_learns() -> Outcome {
    let first = run(&["training.py"])?;
    assert_eq!(out(&first), "learnt False\n", "{}", complaint(&first));
    Ok(())
}

#[test]
fn tensors_look_and_behave_as_pytorch_s() -> Outcome {
    let output = run(&["tensors.py"])?;
    assert_eq!(
        out(&output),
        "tensor([[0.5000, 1.0000],\n        [1.5000, 2.0000]])\n\
         tensor([1.0000e-08, 1.0000e+00]) tensor([ True, False]) tensor(3.5000)\n\
         tensor([[   0,    1,    2,  ...,   37,   38,   39],\n        \
         [  40,   41,   42,  ...,   77,   78,   79],\n        \
         [  80,   81,   82,  ...,  117,  118,  119],\n        \
         ...,\n        \
         [1080, 1081, 1082,  ..., 1117, 1118, 1119],\n        \
         [1120, 1121, 1122,  ..., 1157, 1158, 1159],\n        \
         [1160, 1161, 1162,  ..., 1197, 1198, 1199]])\n\
         tensor([[ 5., -1., -1.],\n        [ 1.,  1.,  1.]]) tensor([1., 1., 1.])\n\
         tensor([2., 2.], grad_fn=<MulBackward0>) tensor(4., grad_fn=<SumBackward0>)\n\
         a leaf Variable that requires grad is being used in an in-place operation.\n\
         grad can be implicitly created only for scalar outputs\n\
         element 0 of tensors does not require grad and does not have a grad_fn\n\
         mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)\n\
         shape '[4]' is invalid for input of size 6\n\
         Trying to backward through the graph a second time (o\n\
         tensor([4., 4.])\n",
        "{}",
        complaint(&output)
    );
    Ok(())
}

#[test]
fn limits_end_a_run_and_keep_what_it_printed() -> Outcome {
    let endless = "print('so far')\nwhile True: pass";
    let output = run(&["-c", endless, "--time-limit", "1"])?;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "so far\n");
    assert!(complaint(&output).contains("longer than 1 s"));
    let large = "print('so far')\nx = [0] * 10**12";
    let output = run(&["-c", large])?;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "so far\n");
    assert!(
        complaint(&output).contains("memory"),
        "{}",
        complaint(&output)
    );
    let output = run(&["-c", "while True: print('x' * 1000)"])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("OutputLimit"));
    Ok(())
}

#[test]
fn what_is_not_offered_says_so_by_name() -> Outcome {
    for (code, name) in [
        ("import numpy as np\nnp.zeros(3)", "numpy.zeros"),
        ("torch.stft(torch.ones(3))", "torch.stft"),
        ("torch.ones(2).geqrf()", "Tensor.geqrf"),
        ("open('/etc/passwd')", "open"),
        ("import os\nos.listdir('/')", "os.listdir"),
    ] {
        let output = run(&["-c", code])?;
        assert_eq!(output.status.code(), Some(1), "{code}");
        let text = out(&output);
        assert!(
            text.contains(&format!("{name} is not offered here")),
            "{code}: {text}"
        );
    }
    Ok(())
}

#[test]
fn a_seed_says_what_is_drawn() -> Outcome {
    let code = "print(torch.rand(3), torch.randn(2), torch.randperm(5))";
    let first = out(&run(&["-c", code])?);
    assert_eq!(first, out(&run(&["-c", code, "--seed", "0"])?));
    assert_ne!(first, out(&run(&["-c", code, "--seed", "1"])?));
    let seeded = format!("torch.manual_seed(0)\n{code}");
    assert_eq!(first, out(&run(&["-c", &seeded, "--seed", "1"])?));
    Ok(())
}
