#![cfg_attr(fuzzing, no_main)]
steer2reg_fuzz::program!(format);
