//! What a server decides, as plain values without input and output: the lab serves these rules,
//! and explanations ask them.
